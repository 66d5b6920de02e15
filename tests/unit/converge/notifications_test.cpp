// Notifications: what a change causes below and above it, once, and what is owed and never forgotten.
#include "converging.h"

#include <doctest/doctest.h>

#include <cerrno>
#include <string>
#include <vector>

using dray::host::Result;
using dray::test::Converging;
using dray::test::errors;
using dray::test::execute;
using dray::test::file;
using dray::test::outcomes;
using dray::test::restarts;
using dray::test::service;
using dray::test::with_service;
using Texts = std::vector<std::string>;

namespace {

const std::string intents_file = "/var/lib/dray/intents.json";

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
