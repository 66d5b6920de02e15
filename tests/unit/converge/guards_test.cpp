// Guards: conditions on files, packages and units, answered from what is there, and in a dry run from what
// would be there.
#include "converging.h"

#include <doctest/doctest.h>

using dray::host::Result;
using dray::test::Converging;
using dray::test::errors;
using dray::test::execute;
using dray::test::file;
using dray::test::outcomes;
using dray::test::resource;
using dray::test::service;
using dray::test::with_service;
using Texts = std::vector<std::string>;

namespace {

std::string package(const std::string& name) {
    return "[[resource]]\ntype = \"package\"\nname = \"" + name + "\"\n";
}

void put_service(Converging& host, const std::string& unit) {
    host.memory.files.put("/usr/lib/systemd/system/" + unit,
                          "[Service]\nExecStart=/bin/true\n[Install]\nWantedBy=multi-user.target\n");
}

/// The outcome and the reason of a run's last resource.
std::string last(const dray::converge::Run& run) {
    const auto& step = run.steps.back();
    return std::string(dray::converge::outcome_text(step.outcome)) +
           (step.reason.empty() ? "" : ": " + step.reason);
}

}  // namespace

TEST_CASE("guards decide, and are asked only when something would change") {
    Converging host;
    host.memory.processes.answer("yes");
    host.memory.processes.answer("no", Result{.exit_code = 1});
    host.recipe(file("/etc/a", "1") + "only_if = [\"yes\"]\n" + file("/etc/b", "1") + "only_if = [\"no\"]\n" +
                file("/etc/c", "1") + "not_if = [\"yes\"]\n" + file("/etc/d", "1") + "not_if = [\"no\"]\n");
    CHECK(outcomes(host.converge()) == "changed skipped skipped changed");
    const auto asked = host.memory.processes.texts().size();
    CHECK(outcomes(host.converge()) == "unchanged skipped skipped unchanged");
    CHECK(host.memory.processes.texts().size() == asked + 2);
}

TEST_CASE("a dry run asks no guard, and says what hangs on it") {
    Converging host;
    with_service(host);
    const auto run = host.recipe(file("/etc/a", "1") + "only_if = [\"yes\"]\n" +
                                 service("restart_when_changed = \"file[/etc/a]\""))
                         .dry_run();
    CHECK(outcomes(run) == "conditional conditional");
    CHECK(run.steps.at(0).reason ==
          "if `yes` succeeds: it is not run in a dry run, as it is not marked read_only");
    CHECK(run.steps.at(1).reason == "if file[/etc/a] changes");
    CHECK(host.memory.processes.texts().empty());
}

TEST_CASE("a guard that gives no answer is a failure, and so is one that cannot be started") {
    Converging host;
    host.memory.processes.answer("slow", Result{.timed_out = true});
    const auto run = host.recipe(file("/etc/a", "1") + "only_if = [\"slow\"]\n" + file("/etc/b", "1") +
                                 "only_if = [\"none\"]\n")
                         .converge();
    CHECK(outcomes(run) == "failed failed");
    CHECK(errors(run).find("gave no answer: slow: timed out") != std::string::npos);
    CHECK(errors(run).find("cannot start none: No such file or directory") != std::string::npos);
}

TEST_CASE("a guard asks for a path, a text in a file, a package or a running unit") {
    Converging host;
    put_service(host, "up.service");
    put_service(host, "down.service");
    host.memory.systemd.start("up.service");
    host.memory.apt.put_installed("nginx", "1.0");
    host.memory.files.put("/etc/there", "one\ntwo\n");
    host.memory.files.plant_link("/etc/link", "there", "root");
    const std::vector<std::pair<std::string, std::string>> guards = {
        {"{ exists = \"/etc/there\" }", "not_if: there is /etc/there"},
        {"{ exists = \"/etc/none\" }", "only_if: there is no /etc/none"},
        {"{ contains = { path = \"/etc/there\", text = \"two\" } }", "not_if: /etc/there contains 'two'"},
        {"{ contains = { path = \"/etc/link\", text = \"two\" } }", "not_if: /etc/link contains 'two'"},
        {"{ contains = { path = \"/etc/there\", text = \"three\" } }",
         "only_if: /etc/there does not contain 'three'"},
        {"{ contains = { path = \"/etc/none\", text = \"three\" } }",
         "only_if: /etc/none does not contain 'three'"},
        {"{ installed = \"nginx\" }", "not_if: nginx is installed"},
        {"{ installed = \"apache2\" }", "only_if: apache2 is not installed"},
        {"{ running = \"up.service\" }", "not_if: up.service runs"},
        {"{ running = \"down.service\" }", "only_if: down.service does not run"},
        {"{ running = \"none.service\" }", "only_if: none.service does not run"},
    };
    for (const auto& [guard, said] : guards) {
        const bool holds = said.starts_with("not_if");
        for (const auto* key : {"only_if", "not_if"}) {
            host.recipe(file("/etc/x", "1", std::string(key) + " = " + guard));
            const bool changes = holds == (std::string(key) == "only_if");
            CHECK(last(host.dry_run()) == (changes ? "changed" : "skipped: " + said));
            CHECK(last(host.converge()) == (changes ? "changed" : "skipped: " + said));
            host.memory.files.remove("/etc/x");
        }
    }
}

TEST_CASE("of several guards all have to hold") {
    Converging host;
    host.memory.files.put("/etc/there", "");
    const std::string there = "{ exists = \"/etc/there\" }", none = "{ exists = \"/etc/none\" }";
    host.recipe(file("/etc/a", "1", "only_if = [" + there + ", " + none + "]"));
    CHECK(last(host.converge()) == "skipped: only_if: there is no /etc/none");
    host.recipe(file("/etc/a", "1", "not_if = [" + none + ", " + there + "]"));
    CHECK(last(host.converge()) == "skipped: not_if: there is /etc/there");
    host.recipe(file("/etc/a", "1", "only_if = " + there + "\nnot_if = [" + none + "]"));
    CHECK(last(host.converge()) == "changed");
}

TEST_CASE("a guard's text has attributes and package versions in it") {
    Converging host;
    host.memory.apt.add_version("app", "1.2");
    host.memory.files.put("/etc/release", "1.2\n");
    host.recipe(
        "[attributes]\npath = \"/etc/release\"\n" + package("app") +
        file(
            "/etc/a", "1",
            "not_if = { contains = { path = \"{{attribute.path}}\", text = \"{{package.app.version}}\" } }"));
    CHECK(last(host.dry_run()) == "skipped: not_if: /etc/release contains '1.2'");
    CHECK(last(host.converge()) == "skipped: not_if: /etc/release contains '1.2'");
}

TEST_CASE("a dry run answers guards from what earlier resources would have made") {
    Converging host;
    put_service(host, "s.service");
    host.memory.apt.add_version("nginx", "1.0");
    host.memory.files.put("/etc/old", "1");
    const auto foretold = [&](const std::string& before, const std::string& guard) {
        const auto run = host.recipe(before + file("/etc/x", "1", guard)).dry_run();
        const auto& guards = run.steps.back().guards;
        return last(run) + (guards.empty() ? "" : " (" + guards.back().because + ")");
    };
    CHECK(foretold(file("/etc/a", "1"), "only_if = { exists = \"/etc/a\" }") ==
          "changed (there is /etc/a, as it would be created by file[/etc/a])");
    CHECK(foretold(file("/etc/old", "1", "state = \"absent\""), "only_if = { exists = \"/etc/old\" }") ==
          "skipped: only_if: there is no /etc/old, as it would be removed by file[/etc/old] (there is no "
          "/etc/old, as it would be removed by file[/etc/old])");
    CHECK(foretold(file("/etc/a", "1"), "not_if = { contains = { path = \"/etc/a\", text = \"1\" } }")
              .starts_with("skipped: not_if: /etc/a contains '1', as it would be created by file[/etc/a]"));
    CHECK(foretold(package("nginx"), "only_if = { installed = \"nginx\" }") ==
          "changed (nginx is installed, as it would be installed by package[nginx])");
    CHECK(foretold(package("nginx"), "only_if = { installed = \"apache2\" }")
              .starts_with("skipped: only_if: apache2 is not installed"));
    CHECK(foretold(resource("service", "s.service"), "only_if = { running = \"s.service\" }") ==
          "changed (s.service runs, as it would be started by service[s.service])");
}

TEST_CASE("what nobody can foresee leaves a guard open in a dry run") {
    Converging host;
    host.memory.apt.add_version("nginx", "1.0");
    const auto foretold = [&](const std::string& before, const std::string& guard) {
        return last(host.recipe(before + file("/etc/x", "1", guard)).dry_run());
    };
    CHECK(foretold(execute("e"), "only_if = { exists = \"/etc/a\" }") ==
          "conditional: if there is /etc/a: unknown until execute[e]: whether there is /etc/a");
    CHECK(foretold(package("nginx"), "not_if = { exists = \"/etc/a\" }") ==
          "conditional: if there is no /etc/a: unknown until package[nginx]: whether there is /etc/a");
    CHECK(foretold(package("nginx"), "only_if = { running = \"nginx.service\" }") ==
          "conditional: if nginx.service runs: unknown until package[nginx]: whether there is a unit "
          "nginx.service");
    CHECK(foretold(execute("e"), "only_if = { installed = \"nginx\" }") ==
          "conditional: if nginx is installed: unknown until execute[e]: whether nginx is installed");
    CHECK(foretold(file("/etc/a", "1", "only_if = [\"yes\"]"), "only_if = { exists = \"/etc/a\" }") ==
          "conditional: if there is /etc/a: unknown until file[/etc/a]: whether there is /etc/a");
    CHECK(host.memory.processes.commands().empty());
}

TEST_CASE("a dry run runs only commands that are marked read_only, and says when they see too little") {
    Converging host;
    host.memory.processes.answer("yes");
    host.memory.processes.answer("no", Result{.exit_code = 1});
    const auto marked = [](const std::string& command) {
        return "only_if = { command = [\"" + command + "\"], read_only = true }";
    };
    CHECK(last(host.recipe(file("/etc/x", "1", marked("yes"))).dry_run()) == "changed");
    CHECK(last(host.recipe(file("/etc/x", "1", marked("no"))).dry_run()) ==
          "skipped: only_if: `no`: exit status 1");
    CHECK(host.memory.processes.texts() == Texts{"yes", "no"});
    CHECK(last(host.recipe(file("/etc/a", "1") + file("/etc/x", "1", marked("no"))).dry_run()) ==
          "conditional: if `no` succeeds: unknown until file[/etc/a]; now it is exit status 1");
    host.memory.processes.answer("other");
    CHECK(last(host.recipe(file("/etc/x", "1", "only_if = { command = [\"other\"] }")).dry_run()) ==
          "conditional: if `other` succeeds: it is not run in a dry run, as it is not marked read_only");
    CHECK(host.memory.processes.texts() == Texts{"yes", "no", "no"});
    CHECK(last(host.converge()) == "changed");
    CHECK(last(host.recipe(file("/etc/y", "1", marked("no"))).converge()) ==
          "skipped: only_if: `no`: exit status 1");
}

TEST_CASE("a command to ask that a package would bring leaves the guard open") {
    Converging host;
    host.memory.apt.add_version("postgresql", "15");
    host.recipe(package("postgresql") +
                file("/etc/x", "1", "only_if = { command = [\"psql\"], read_only = true }"));
    const auto run = host.dry_run();
    CHECK(outcomes(run) == "changed unknown");
    CHECK(run.steps.at(1).reason == "unknown until package[postgresql]: what `psql` answers");
}

TEST_CASE("links that a guard looks through are root's, and lead somewhere") {
    Converging host;
    host.memory.files.put("/etc/secret", "1");
    host.memory.files.plant_link("/etc/planted", "/etc/secret", "mallory");
    host.memory.files.plant_link("/etc/circle", "/etc/circle", "root");
    for (const auto* path : {"/etc/planted", "/etc/circle"}) {
        const auto guard = "only_if = { contains = { path = \"" + std::string(path) + "\", text = \"1\" } }";
        CHECK(outcomes(host.recipe(file("/etc/x", "1", guard)).converge()) == "failed");
    }
}

TEST_CASE("guards that cannot be are mistakes, all of them with their place") {
    const std::vector<std::pair<std::string, std::string>> bad = {
        {"only_if = \"true\"", "it is a text"},
        {"only_if = []", "the command is empty"},
        {"only_if = [\"\"]", "the command is empty"},
        {"only_if = [1]", "neither all texts nor all tables"},
        {"only_if = {}", "it has no condition"},
        {"only_if = { exist = \"/x\" }", "did you mean 'exists'"},
        {"only_if = { exists = \"x\" }", "not an absolute path"},
        {"only_if = { exists = \"/x/../y\" }", "not an absolute path"},
        {"only_if = { exists = true }", "'exists' is true or false"},
        {"only_if = { exists = \"/x\", installed = \"y\" }", "more than one condition"},
        {"only_if = { exists = \"/x\", read_only = true }", "'read_only' stands without a command"},
        {"only_if = { command = [\"x\"], read_only = 1 }", "'read_only' is an integer"},
        {"only_if = { contains = \"/x\" }", "'contains' is a text"},
        {"only_if = { contains = { path = \"/x\" } }", "'contains' has no 'text'"},
        {"only_if = { contains = { path = \"/x\", text = \"\" } }", "'text' is empty"},
        {"only_if = { contains = { path = \"/x\", text = \"y\", txt = \"y\" } }", "unknown key 'txt'"},
        {"only_if = { installed = \"Nginx\" }", "no Debian package name"},
        {"only_if = { running = \"nginx\" }", "write nginx.service"},
        {"not_if = [{ exists = \"x\" }]", "bad value for 'not_if' of file[/etc/x]"},
        {"on_failure = \"stopp\"", "did you mean 'stop'"},
        {"at_once = true", "remove it: a file has nothing to do then"},
    };
    for (const auto& [keys, said] : bad) {
        Converging host;
        const auto mistakes = host.recipe(file("/etc/x", "1", keys)).mistakes();
        const auto& written = keys;  // clang 14 does not capture structured bindings
        CHECK_MESSAGE(mistakes.find(said) != std::string::npos, (written + " → " + mistakes));
        CHECK_MESSAGE(mistakes.find("recipe.toml:7") != std::string::npos, mistakes);
    }
    Converging host;
    const auto both =
        host.recipe(file("/etc/x", "1", "only_if = [{ exists = \"x\" }, { installed = \"Y\" }]")).mistakes();
    CHECK(both.find("not an absolute path") != std::string::npos);
    CHECK(both.find("no Debian package name") != std::string::npos);
}
