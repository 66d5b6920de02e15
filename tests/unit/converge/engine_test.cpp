// A run: failures that stop only what depends on them, packages that are healed, signals, exit codes.
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
