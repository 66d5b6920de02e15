// What a failure stops, and what is done at once.
#include "converging.h"

#include <doctest/doctest.h>

#include <algorithm>

using dray::test::Converging;
using dray::test::deeds;
using dray::test::errors;
using dray::test::execute;
using dray::test::outcomes;
using dray::test::service;
using dray::test::with_service;
using Texts = std::vector<std::string>;

namespace {

std::string any_file(const std::string& name, const std::string& keys = "") {
    return "[[resource]]\ntype = \"file\"\nname = \"" + name + "\"\ncontent = \"1\"\n" + keys + "\n";
}

std::string order(const dray::converge::Run& run) {
    std::string text;
    for (const auto& step : run.steps)
        text += (text.empty() ? "" : " ") + step.resource;
    return text;
}

}  // namespace

TEST_CASE("a failure that is to stop the run leaves the rest out, and says so") {
    Converging host;
    host.memory.files.refuse("/etc/a", EROFS);
    host.recipe(any_file("/etc/before") + any_file("/etc/a", "on_failure = \"stop\"") + any_file("/etc/b") +
                execute("e", "when_changed = \"file[/etc/before]\""));
    const auto run = host.converge();
    CHECK(outcomes(run) == "changed failed unreached unreached");
    CHECK(run.steps.at(2).reason == "the failure of file[/etc/a] has stopped the run");
    CHECK(run.exit_code(true) == 1);
    CHECK(run.still_owed == Texts{"run of execute[e], for file[/etc/before]"});
    CHECK(!host.memory.files.status("/etc/b"));
    host.memory.files.refuse("/etc/a", 0);
    host.memory.processes.answer("e");
    CHECK(outcomes(host.converge()) == "unchanged changed changed changed");
}

TEST_CASE("a failure of a repository stops the run as well, when it is to") {
    Converging host;
    host.file("key.asc", "-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nabc=\n");
    host.memory.apt.set_verdict("internal", dray::host::Freshness::unreachable, "connection refused");
    const auto run =
        host.recipe(
                "[[resource]]\ntype = \"apt_source\"\nname = \"internal\"\nuri = \"http://a\"\n"
                "suites = [\"s\"]\nsigned_by = \"key.asc\"\n[[resource]]\ntype = \"package\"\nname = "
                "\"none\"\non_failure = \"stop\"\n" +
                any_file("/etc/a"))
            .converge();
    CHECK(outcomes(run) == "changed unreachable unreached");
    CHECK(run.exit_code(false) == 69);
}

TEST_CASE("a failure that is to be ignored keeps nobody from going on, and is a failure still") {
    Converging host;
    host.memory.files.refuse("/etc/a", EROFS);
    host.memory.processes.answer("e");
    host.recipe(any_file("/etc/a", "on_failure = \"ignore\"") +
                any_file("/etc/b", "requires = \"file[/etc/a]\"") +
                execute("e", "when_changed = \"file[/etc/a]\""));
    const auto run = host.converge();
    CHECK(outcomes(run) ==
          "failed changed unchanged");  // the file is what it was, so nothing follows from it
    CHECK(run.exit_code(true) == 1);
}

TEST_CASE("a dry run foretells what a failure stops") {
    Converging host;
    host.recipe(any_file("/srv/none/a", "on_failure = \"stop\"") + any_file("/etc/b"));
    CHECK(outcomes(host.dry_run()) == "failed unreached");
    host.recipe(any_file("/srv/none/a", "on_failure = \"ignore\"") +
                execute("e", "when_changed = \"file[/srv/none/a]\""));
    CHECK(outcomes(host.dry_run()).starts_with("failed"));
    CHECK(outcomes(host.dry_run()).find("blocked") == std::string::npos);
}

TEST_CASE("a restart that is wanted at once comes before the next resource") {
    Converging host;
    with_service(host);
    host.memory.processes.answer("check");
    host.recipe(service("restart_when_changed = \"file[/etc/a]\"\nat_once = true") + any_file("/etc/a") +
                execute("check", "when_changed = \"service[s.service]\""));
    const auto foretold = host.dry_run();
    const auto run = host.converge();
    CHECK(order(run) == "service[s.service] file[/etc/a] service[s.service] execute[check]");
    CHECK(outcomes(run) == "unchanged changed changed changed");
    CHECK(deeds(foretold) == deeds(run));
    CHECK(host.memory.systemd.calls().back() == "restart s.service");
    CHECK(outcomes(host.converge()) == "unchanged unchanged unchanged");
}

TEST_CASE("each change that asks for it at once is followed by one action, and by no other later") {
    Converging host;
    with_service(host);
    host.recipe(any_file("/etc/a") + any_file("/etc/b") +
                service("restart_when_changed = [\"file[/etc/a]\", \"file[/etc/b]\"]\nat_once = true"));
    const auto run = host.converge();
    CHECK(order(run) == "file[/etc/a] service[s.service] file[/etc/b] service[s.service] service[s.service]");
    CHECK(outcomes(run) == "changed changed changed changed unchanged");
    CHECK(std::ranges::count(host.memory.systemd.calls(), "restart s.service") == 2);
    CHECK(run.still_owed.empty());
}

TEST_CASE("what is not as wanted yet waits for its turn, also when it is to act at once") {
    Converging host;
    with_service(host);
    host.memory.systemd.stop("s.service");
    host.recipe(any_file("/etc/a") + any_file("/etc/b") +
                service("restart_when_changed = \"file[/etc/a]\"\nat_once = true"));
    const auto foretold = host.dry_run();
    const auto run = host.converge();
    CHECK(order(run) == "file[/etc/a] file[/etc/b] service[s.service]");
    CHECK(deeds(foretold) == deeds(run));
    CHECK(host.memory.systemd.calls().back() == "start s.service");
    CHECK(run.still_owed.empty());
}

TEST_CASE("commands that wait for one another at once run one after the other") {
    Converging host;
    host.memory.processes.answer_others([](const auto&) { return dray::host::Result{}; });
    host.recipe(execute("second", "when_changed = \"execute[first]\"\nat_once = true") +
                execute("first", "when_changed = \"file[/etc/a]\"\nat_once = true") + any_file("/etc/a") +
                execute("last", ""));
    const auto run = host.converge();
    CHECK(host.memory.processes.texts() == Texts{"first", "second", "last"});
    CHECK(run.still_owed.empty());
}

TEST_CASE("an action at once that failed is owed to the next run") {
    Converging host;
    host.memory.processes.answer("e", {.exit_code = 1});
    host.recipe(execute("e", "when_changed = \"file[/etc/a]\"\nat_once = true") + any_file("/etc/a") +
                any_file("/etc/b"));
    const auto run = host.converge();
    CHECK(outcomes(run) == "unchanged changed failed changed");
    CHECK(run.still_owed.size() == 1);
    host.memory.processes.answer("e");
    CHECK(outcomes(host.converge()) == "changed unchanged unchanged");
}

TEST_CASE("units written one after another are read by the manager once, before the first service starts") {
    Converging host;
    const auto unit = [](const std::string& name, const std::string& keys) {
        return "[[resource]]\ntype = \"unit\"\nname = \"" + name + "\"\n" + keys + "\n";
    };
    const std::string text =
        "content = \"[Service]\\nExecStart=/bin/true\\n[Install]\\nWantedBy=multi-user.target\\n\"";
    const std::string drop_in = "content = \"[Unit]\\n\"\ndropin = \"more\"";
    host.recipe(unit("a.service", text) + unit("b.service", text) +
                "[[resource]]\ntype = \"service\"\nname = \"a.service\"\n" +
                "[[resource]]\ntype = \"service\"\nname = \"b.service\"\nenabled = false\n");
    CHECK(outcomes(host.converge()) == "changed changed changed changed");
    CHECK(host.memory.systemd.calls() ==
          Texts{"enable a.service", "daemon-reload", "start a.service", "start b.service"});
    host.recipe(unit("b.service", drop_in) + any_file("/srv/none/x"));
    CHECK(outcomes(host.converge()) == "changed failed");
    CHECK(host.memory.systemd.calls().back() == "daemon-reload");
    const auto calls = host.memory.systemd.calls();
    CHECK(outcomes(host.converge()) == "unchanged failed");
    CHECK(host.memory.systemd.calls() == calls);
}

TEST_CASE("what requires a failed resource is left alone, without being asked") {
    Converging host;
    host.memory.files.refuse("/etc/a", EROFS);
    host.memory.processes.answer("e");
    host.recipe(any_file("/etc/a") + execute("e", "requires = \"file[/etc/a]\"") +
                execute("f", "requires = [\"execute[e]\"]"));
    const auto run = host.converge();
    CHECK(outcomes(run) == "failed blocked blocked");
    CHECK(run.steps.at(1).reason == "file[/etc/a] is failed");
    CHECK(host.memory.processes.commands().empty());
    host.memory.processes.answer("f");
    host.memory.files.refuse("/etc/a", 0);
    CHECK(outcomes(host.converge()) == "changed changed changed");
    host.memory.files.put("/etc/a", "2", {});
    CHECK(host.converge().still_owed.empty());  // to require is not to be notified
}

TEST_CASE("for a file that could not be changed nobody is owed anything, but what was owed before stays") {
    Converging host;
    with_service(host);
    const auto both = service("restart_when_changed = [\"file[/etc/a]\"]");
    host.recipe(any_file("/etc/a") + both);
    host.memory.files.refuse("/etc/a", EROFS);
    const auto starts = host.memory.systemd.calls().size();
    CHECK(host.converge().still_owed.empty());
    host.memory.files.refuse("/etc/a", 0);
    CHECK(outcomes(host.converge()) == "changed changed");
    CHECK(host.memory.systemd.calls().size() == starts + 1);
    // A restart that fails is owed; another failure to change the file takes nothing of that away.
    host.memory.systemd.end_starts_with("s.service", "failed");
    host.memory.files.put("/etc/a", "by hand");
    CHECK(outcomes(host.converge()) == "changed failed");
    host.memory.files.put("/etc/a", "by hand");
    host.memory.files.refuse("/etc/a", EROFS);
    CHECK(host.converge().still_owed == Texts{"restart of service[s.service], for file[/etc/a]"});
}

TEST_CASE("a dry run owes nobody anything") {
    Converging host;
    host.recipe(any_file("/etc/a") + execute("e", "when_changed = \"file[/etc/a]\""));
    CHECK(host.dry_run().still_owed.empty());
    host.recipe(any_file("/srv/none/a", "on_failure = \"ignore\"") +
                execute("e", "when_changed = \"file[/srv/none/a]\""));
    CHECK(host.dry_run().still_owed.empty());
}
