// A run: order, guards, notifications that are never forgotten, failures that stop only what depends on them.
#include "converge/engine.h"

#include "converge/intents.h"
#include "converging.h"
#include "host/interrupt.h"

#include <doctest/doctest.h>

#include <signal.h>

#include <algorithm>

using dray::converge::Outcome;
using dray::host::Result;
using dray::test::Converging;
using dray::test::errors;
using dray::test::execute;
using dray::test::file;
using dray::test::outcomes;
using dray::test::service;
using dray::test::with_service;
using Texts = std::vector<std::string>;

namespace {

const std::string intents_file = "/var/lib/dray/intents.json";

long restarts(const Converging& host) {
    return std::ranges::count(host.memory.systemd.calls(), "restart s.service");
}

}  // namespace

TEST_CASE("a change restarts the service below it in the same run, once, for all its sources") {
    Converging host;
    with_service(host);
    host.recipe(file("/etc/a", "1") + file("/etc/b", "1") +
                service("restart_when_changed = [\"file[/etc/a]\", \"file[/etc/b]\"]"));
    const auto run = host.converge();
    CHECK(outcomes(run) == "changed changed changed");
    CHECK(run.steps.at(2).actions == Texts{"restart, because file[/etc/a] and file[/etc/b] changed"});
    CHECK(restarts(host) == 1);
    CHECK(outcomes(host.converge()) == "unchanged unchanged unchanged");
    CHECK(restarts(host) == 1);
    CHECK(run.still_owed.empty());
}

TEST_CASE("a change below the service restarts it at the end of the run, once") {
    Converging host;
    with_service(host);
    host.recipe(service("restart_when_changed = [\"file[/etc/a]\", \"file[/etc/b]\"]") + file("/etc/a", "1") +
                file("/etc/b", "1"));
    const auto run = host.converge();
    CHECK(outcomes(run) == "unchanged changed changed changed");
    CHECK(restarts(host) == 1);
    CHECK(outcomes(host.converge()) == "unchanged unchanged unchanged");
}

TEST_CASE("a restart makes a reload needless, and a start makes both needless") {
    Converging host;
    with_service(host);
    const auto both =
        service("restart_when_changed = \"file[/etc/a]\"\nreload_when_changed = \"file[/etc/b]\"");
    host.recipe(file("/etc/a", "1") + file("/etc/b", "1") + both).converge();
    CHECK(host.memory.systemd.calls().back() == "restart s.service");
    host.memory.systemd.stop("s.service");
    host.recipe(file("/etc/a", "2") + file("/etc/b", "2") + both).converge();
    CHECK(host.memory.systemd.calls().back() == "start s.service");
}

TEST_CASE("a restart that failed is owed to the next run, which changes nothing else") {
    Converging host;
    with_service(host);
    host.memory.systemd.end_starts_with("s.service", "failed");
    host.recipe(file("/etc/a", "1") + service("restart_when_changed = \"file[/etc/a]\""));
    const auto failed = host.converge();
    CHECK(outcomes(failed) == "changed failed");
    CHECK(failed.exit_code(true) == 1);
    CHECK(failed.still_owed == Texts{"restart of service[s.service], for file[/etc/a]"});
    host.memory.systemd.end_starts_with("s.service", "done");
    host.memory.systemd.start("s.service");
    CHECK(outcomes(host.converge()) == "unchanged changed");
    CHECK(outcomes(host.converge()) == "unchanged unchanged");
}

TEST_CASE("what is owed is on disk before the change that causes it") {
    Converging host;
    with_service(host);
    // What a command has done until it failed nobody knows.
    host.recipe("[[resource]]\ntype = \"execute\"\nname = \"e\"\ncommand = [\"e\"]\n" +
                service("restart_when_changed = \"execute[e]\""));
    const auto run = host.converge();
    CHECK(outcomes(run) == "failed blocked");
    CHECK(errors(run).find("recipe.toml:3") != std::string::npos);
    CHECK(host.memory.files.read(intents_file)->find("execute[e]") != std::string::npos);
}

TEST_CASE("no change is made when what it owes cannot be kept") {
    Converging host;
    with_service(host);
    host.memory.files.refuse(intents_file, ENOSPC);
    CHECK(outcomes(host.recipe(file("/etc/a", "1") + service("restart_when_changed = \"file[/etc/a]\""))
                       .converge()) == "failed blocked");
    CHECK(!host.memory.files.status("/etc/a"));
}

TEST_CASE("a dry run foretells owed restarts and keeps them owed") {
    Converging host;
    with_service(host);
    host.memory.files.put(
        intents_file, R"([{"target": "service[s.service]", "action": "restart", "source": "file[/etc/a]"}])");
    host.memory.files.put("/etc/a", "1", {.owner = "root", .group = "root", .mode = 0644});
    host.recipe(file("/etc/a", "1") + service("restart_when_changed = \"file[/etc/a]\""));
    const auto before = host.memory.changes();
    CHECK(host.dry_run().steps.at(1).actions.size() == 1);
    CHECK(host.memory.changes() == before);
    CHECK(restarts(host) == 0);
    host.converge();
    CHECK(restarts(host) == 1);
}

TEST_CASE("an unreadable record of what is owed is set aside, not fatal") {
    Converging host;
    with_service(host);
    host.memory.files.put(intents_file, "{ broken");
    CHECK(outcomes(host.recipe(file("/etc/a", "1") + service("restart_when_changed = \"file[/etc/a]\""))
                       .converge()) == "changed changed");
    CHECK(host.memory.files.read(intents_file + ".corrupt") == "{ broken");
}

TEST_CASE("a record of what is owed that could not be read is said, and said once") {
    Converging host;
    for (const auto* text :
         {"{ broken", "3", "[1]", R"([{"target": "x"}])", R"([{"target": 1, "action": 2, "source": 3}])"}) {
        host.memory.files.put(intents_file, text);
        const auto run = host.recipe(file("/etc/a", "1")).converge();
        REQUIRE_MESSAGE(run.still_owed.size() == 1, text);
        CHECK(run.still_owed.at(0).ends_with("intents.json.corrupt"));
        CHECK(host.memory.files.read(intents_file + ".corrupt") == text);
        CHECK(host.converge().still_owed.empty());
    }
}

TEST_CASE("a dry run says that a record could not be read, and leaves it as it is") {
    Converging host;
    host.memory.files.put(intents_file, "{ broken");
    CHECK(host.recipe(file("/etc/a", "1")).dry_run().still_owed.size() == 1);
    CHECK(host.memory.files.read(intents_file) == "{ broken");
    CHECK(!host.memory.files.status(intents_file + ".corrupt"));
}

TEST_CASE("a dry run announces what is owed from before once, though it stays on disk") {
    Converging host;
    with_service(host);
    host.memory.files.put(
        intents_file, R"([{"target": "service[s.service]", "action": "restart", "source": "file[/etc/a]"}])");
    host.memory.files.put("/etc/a", "1", {.owner = "root", .group = "root", .mode = 0644});
    host.recipe(file("/etc/a", "1") + service("restart_when_changed = \"file[/etc/a]\""));
    const auto foretold = host.dry_run();
    CHECK(outcomes(foretold) == "unchanged changed");
    CHECK(foretold.still_owed.empty());
    CHECK(host.memory.files.read(intents_file)->find("restart") != std::string::npos);
    CHECK(outcomes(host.converge()) == outcomes(foretold));
}

TEST_CASE("what one run leaves owed and the next one causes again is done after both, as foretold") {
    Converging host;
    with_service(host);
    host.memory.files.put(
        intents_file, R"([{"target": "service[s.service]", "action": "restart", "source": "file[/etc/a]"}])");
    host.recipe(service("restart_when_changed = \"file[/etc/a]\"") + file("/etc/a", "1"));
    const auto foretold = host.dry_run();
    const auto done = host.converge();
    CHECK(outcomes(done) == "changed changed changed");
    CHECK(outcomes(foretold) == outcomes(done));
    CHECK(host.memory.systemd.calls().back() == "restart s.service");
    CHECK(done.still_owed.empty());
    CHECK(outcomes(host.converge()) == "unchanged unchanged");
}

TEST_CASE("a notification that causes another backwards comes to an end in one run") {
    Converging host;
    with_service(host);
    host.memory.processes.answer("first");
    host.recipe(execute("first", "when_changed = \"service[s.service]\"") +
                service("restart_when_changed = \"file[/etc/a]\"") + file("/etc/a", "1"));
    const auto foretold = host.dry_run();
    const auto done = host.converge();
    CHECK(host.memory.processes.texts() == Texts{"first"});
    CHECK(restarts(host) == 1);
    CHECK(done.still_owed.empty());
    CHECK(outcomes(foretold) == outcomes(done));
    CHECK(outcomes(host.converge()) == "unchanged unchanged unchanged");
}

TEST_CASE("an action that a type does not have is crossed out, not carried out") {
    Converging host;
    with_service(host);
    host.memory.files.put(intents_file,
                          R"([{"target": "service[s.service]", "action": "explode", "source": "a"},
                                            {"target": "service[s.service]", "action": "", "source": "a"},
                                            {"target": "file[/etc/a]", "action": "restart", "source": "a"}])");
    const auto calls = host.memory.systemd.calls();
    const auto run = host.recipe(file("/etc/a", "1") + service("")).converge();
    CHECK(outcomes(run) == "changed unchanged");
    CHECK(host.memory.systemd.calls() == calls);
    CHECK(run.still_owed.empty());
}

TEST_CASE("a record of what is owed that cannot be opened ends the run with a report") {
    Converging host;
    host.memory.files.make_directory(intents_file, {}, false);
    const auto run = host.recipe(file("/etc/a", "1")).converge();
    REQUIRE(run.error);
    CHECK(run.exit_code(false) == 1);
    CHECK(run.steps.empty());
}

TEST_CASE("a command that waits for a change runs once after it, also when it failed at first") {
    Converging host;
    host.memory.processes.answer("migrate", Result{.exit_code = 3, .errors = "no database"});
    host.recipe(file("/etc/a", "1") + execute("migrate", "when_changed = \"file[/etc/a]\""));
    CHECK(outcomes(host.converge()) == "changed failed");
    host.memory.processes.answer("migrate");
    CHECK(outcomes(host.converge()) == "unchanged changed");
    CHECK(outcomes(host.converge()) == "unchanged unchanged");
    CHECK(host.memory.processes.texts() == Texts{"migrate", "migrate"});
}

TEST_CASE("a failure stops what refers to it and nothing else") {
    Converging host;
    with_service(host);
    host.memory.files.refuse("/etc/a", EROFS);
    const auto run = host.recipe(file("/etc/a", "1") + execute("never", "when_changed = \"file[/etc/a]\"") +
                                 service("restart_when_changed = \"execute[never]\"") + file("/etc/b", "1"))
                         .converge();
    CHECK(outcomes(run) == "failed blocked blocked changed");
    CHECK(run.steps.at(1).reason == "file[/etc/a] is failed");
    CHECK(run.exit_code(false) == 1);
}

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

TEST_CASE("a package's version is known to what stands below it, in a dry run too") {
    Converging host;
    host.memory.apt.add_version("warehouse", "26.11.2");
    host.recipe("[[resource]]\ntype = \"package\"\nname = \"warehouse\"\n" +
                file("/etc/release", "{{package.warehouse.release}}"));
    const auto foretold = host.dry_run();
    CHECK(outcomes(foretold) == "changed changed");
    CHECK(foretold.steps.at(1).changes.back().to == "26.11.2");
    CHECK(host.memory.apt.applied().empty());
    CHECK(outcomes(host.converge()) == "changed changed");
    CHECK(host.memory.files.read("/etc/release") == "26.11.2");
}

TEST_CASE("what names the version of a package that could not be installed is left alone") {
    Converging host;
    CHECK(outcomes(host.recipe("[[resource]]\ntype = \"package\"\nname = \"warehouse\"\n" +
                               file("/etc/release", "{{package.warehouse.release}}"))
                       .converge()) == "failed blocked");
}

TEST_CASE("a check is never a change, and unknown to a dry run that would change something") {
    Converging host;
    const std::string url = "http://127.0.0.1/";
    host.memory.http.fail(url, "refused");
    host.memory.http.answer(url, {200, ""});
    host.recipe("[[resource]]\ntype = \"http_check\"\nname = \"" + url + "\"\n");
    CHECK(outcomes(host.dry_run()) == "unknown");
    const auto run = host.converge();
    CHECK(outcomes(run) == "unchanged");
    CHECK(run.exit_code(true) == 0);
}

TEST_CASE("what an interrupted dpkg left is healed first and counts as a change") {
    Converging host;
    host.memory.apt.interrupt({"configured nginx"});
    const auto run = host.recipe(file("/etc/a", "1")).converge();
    CHECK(run.repairs == Texts{"configured nginx"});
    CHECK(run.exit_code(true) == 2);
}

TEST_CASE("what dpkg could not be healed from is said, and what needs no package converges") {
    struct BrokenApt : dray::converge::Observer {
        void progress(const dray::converge::Run&, std::string_view resource, std::string_view) override {
            if (resource == "repair") throw dray::Error("cannot repair", "the disk is full");
        }
    } observer;
    Converging host;
    host.memory.apt.interrupt({"configured nginx"});
    host.observers = {&observer};
    const auto run = host.recipe(file("/etc/a", "1")).converge();
    CHECK(outcomes(run) == "changed");
    REQUIRE(run.error);
    CHECK(std::string(run.error->what()) ==
          "cannot heal what an earlier run of dpkg left: cannot repair: the disk is full");
    CHECK(run.exit_code(false) == 1);

    host.memory.apt.add_version("nginx", "1.0");
    const auto next = host.recipe("[[resource]]\ntype = \"package\"\nname = \"nginx\"\n").converge();
    CHECK_FALSE(next.error);
    CHECK(next.repairs == Texts{"what an earlier run of dpkg left could not be finished, and was replaced"});
    CHECK(next.exit_code(false) == 0);
}

TEST_CASE("what stays different after its change is a failure") {
    Converging host;
    host.memory.apt.add_version("nginx", "1.0");
    host.memory.apt.on_apply([&](const auto&) { host.memory.apt.put_installed("nginx", "0.9"); });
    const auto run = host.recipe("[[resource]]\ntype = \"package\"\nname = \"nginx\"\n").converge();
    CHECK(errors(run).find("is not as wanted after the change: version is '0.9', not '1.0'") !=
          std::string::npos);
}

TEST_CASE("a fault of dray in one resource is reported there, and the others converge") {
    struct Faulty : dray::converge::Observer {
        void progress(const dray::converge::Run&, std::string_view, std::string_view) override {
            throw std::out_of_range("basic_string::substr");
        }
    } observer;
    Converging host;
    host.memory.processes.answer("talk", Result{.output = "a line\n"});
    host.observers = {&observer};
    const auto run = host.recipe(execute("talk", "") + file("/etc/b", "1")).converge();
    CHECK(outcomes(run) == "failed changed");
    CHECK(errors(run).find("this is a fault of dray") != std::string::npos);
    CHECK(errors(run).find("recipe.toml:3") != std::string::npos);
}

TEST_CASE("a signal ends the run between two resources, with a report of what is owed") {
    struct Stopper : dray::converge::Observer {
        void step_finished(const dray::converge::Run&, const dray::converge::Step&) override {
            ::raise(SIGTERM);
        }
        void finished(const dray::converge::Run&) override { ++reports; }
        int reports = 0;
    } stopper;
    Converging host;
    with_service(host);
    host.observers = {&stopper};
    {
        const dray::host::InterruptGuard guard;
        const auto run = host.recipe(file("/etc/a", "1") +
                                     service("restart_when_changed = \"file[/etc/a]\"") + file("/etc/b", "1"))
                             .converge();
        CHECK(outcomes(run) == "changed");
        CHECK(errors(run).find("stopped by signal SIGTERM") != std::string::npos);
        CHECK(run.exit_code(false) == 1);
        CHECK(run.still_owed.size() == 1);
        CHECK(stopper.reports == 1);
    }
    host.observers = {};
    CHECK(outcomes(host.converge()) == "unchanged changed changed");
    CHECK(restarts(host) == 1);
}

TEST_CASE("hundreds of resources that notify one restart it once") {
    Converging host;
    with_service(host);
    std::string text, sources;
    for (int i = 0; i < 200; ++i) {
        const auto path = "/etc/" + std::to_string(i);
        text += file(path, "1");
        sources += (sources.empty() ? "\"file[" : ", \"file[") + path + "]\"";
    }
    host.recipe(text + service("restart_when_changed = [" + sources + "]")).converge();
    CHECK(restarts(host) == 1);
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

TEST_CASE("a template with delimiters of its own knows the package's version, too") {
    Converging host;
    host.memory.apt.add_version("warehouse", "26.11.2");
    host.file("t", "{{=<% %>=}}<% package.warehouse.release %>")
        .recipe(
            "[[resource]]\ntype = \"package\"\nname = \"warehouse\"\n[[resource]]\ntype = \"template\"\nname "
            "= "
            "\"/etc/release\"\nsource = \"t\"\n")
        .converge();
    CHECK(host.memory.files.read("/etc/release") == "26.11.2");
}

TEST_CASE("exit codes tell failed from unreachable from untrusted from changed") {
    dray::converge::Run run;
    CHECK(run.exit_code(true) == 0);
    run.steps.emplace_back().outcome = Outcome::changed;
    CHECK(run.exit_code(true) == 2);
    CHECK(run.exit_code(false) == 0);
    run.sources = {{"internal", dray::host::Freshness::unreachable, "refused"}};
    CHECK(run.exit_code(true) == 69);
    run.sources.push_back({"gone", dray::host::Freshness::broken, "404"});
    CHECK(run.exit_code(true) == 1);
    run.sources.push_back({"old", dray::host::Freshness::expired, "Valid-Until"});
    CHECK(run.exit_code(true) == 76);
    run.sources.push_back({"other", dray::host::Freshness::untrusted, "bad signature"});
    CHECK(run.exit_code(true) == 77);
    run.steps.emplace_back().outcome = Outcome::failed;
    CHECK(run.exit_code(true) == 1);
}

TEST_CASE("a notification to a resource that no recipe has any more stays owed and is said") {
    Converging host;
    host.memory.files.put(
        intents_file,
        R"([{"target": "service[gone.service]", "action": "restart", "source": "file[/etc/a]"}])");
    CHECK(
        host.recipe(file("/etc/a", "1")).converge().still_owed ==
        Texts{"restart of service[gone.service], for file[/etc/a], which this run does not have (dray forget "
              "'service[gone.service]')"});
}

TEST_CASE("a run whose own recipes change under it ends there, and goes on with the new ones as one run") {
    Converging host;
    bool changed = false;
    host.recipes_changed = [&changed] { return changed; };
    host.recipe(
        "[[resource]]\ntype = \"file\"\nname = \"/etc/a\"\ncontent = \"1\"\n"
        "[[resource]]\ntype = \"file\"\nname = \"/etc/b\"\ncontent = \"1\"\n");
    CHECK(outcomes(host.converge()) == "changed changed");
    changed = true;
    CHECK(outcomes(host.converge()) == "unchanged unchanged");  // asked only after a change
    host.recipe(
        "[[resource]]\ntype = \"file\"\nname = \"/etc/a\"\ncontent = \"2\"\n"
        "[[resource]]\ntype = \"file\"\nname = \"/etc/b\"\ncontent = \"2\"\n");
    const auto first = host.converge();
    CHECK(first.superseded);
    CHECK(outcomes(first) == "changed");
    host.recipes_changed = {};
    host.earlier = &first;
    host.recipe(
        "[[resource]]\ntype = \"file\"\nname = \"/etc/a\"\ncontent = \"2\"\n"
        "[[resource]]\ntype = \"file\"\nname = \"/etc/b\"\ncontent = \"3\"\n");
    const auto second = host.converge();
    CHECK_FALSE(second.superseded);
    CHECK(second.id == first.id);
    CHECK(outcomes(second) == "changed unchanged changed");
    CHECK(host.memory.files.read("/etc/b") == "3");
}
