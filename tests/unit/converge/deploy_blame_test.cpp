// Deploys that come to nothing, or are cut off, through no fault of the release.
#include "contains.h"
#include "converge/deploying.h"
#include "converge/plan.h"

#include <doctest/doctest.h>

using dray::test::chain;
using dray::test::Deploying;
using dray::test::kill_before;
using dray::test::run_first;
using dray::test::upgraded;
using Behaviour = Deploying::Behaviour;

TEST_CASE("of a release that dies as it is asked the check tells the unit, too") {
    Deploying world;
    run_first(world);
    world.release("1.2", Behaviour::dies);
    const auto run = world.converge();
    CHECK(run.deploys.at(0).end == dray::converge::DeployEnd::quarantined);
    const auto& reason = run.deploys.at(0).reason;
    CHECK(dray::test::contains(reason, "connection refused"));
    CHECK(dray::test::contains(reason, "service[w.service] is failed"));
}

TEST_CASE("a download that fails takes the files back and restarts nothing") {
    Deploying world;
    run_first(world);
    world.release("1.2");
    world.configure("new");
    world.host.memory.apt.fail_next_fetch("404 Not Found");
    const auto calls = world.host.memory.systemd.calls().size();
    const auto run = world.converge();
    CHECK(chain(run) == "planned, undone");
    CHECK(world.host.memory.files.read("/etc/w.conf") == "good");
    CHECK(world.running == "1.1");
    for (std::size_t i = calls; i < world.host.memory.systemd.calls().size(); ++i)
        CHECK_FALSE(world.host.memory.systemd.calls().at(i).starts_with("restart"));
    CHECK(chain(world.converge()) == upgraded);
    CHECK(world.configuration == "new");
}

TEST_CASE("what a release needs besides is on the host before that is out of service") {
    Deploying world;
    run_first(world);
    world.release("1.2", Behaviour::good, "", "library");
    SUBCASE("with the network down nothing that runs is touched") {
        auto& apt = world.host.memory.apt;
        apt.status({.name = "web"});
        apt.fetch("web", "1.2", "/var/lib/dray/deploys/web/packages", {});
        apt.cut_network();
        const auto run = world.converge();
        CHECK(chain(run) == "planned, undone");
        CHECK(run.exit_code(false) == 69);
        CHECK(run.verdict() == "unreachable");
        CHECK(world.running == "1.1");
        apt.cut_network(false);
        CHECK(chain(world.converge()) == upgraded);
    }
    SUBCASE("and what was kept by a run that was killed is not asked for again") {
        kill_before(world, "change packages");
        world.host.memory.apt.cut_network();
        CHECK(chain(world.converge()) == "unpacked, migrated, started, verified, committed, committed");
    }
}

TEST_CASE("a release that is withdrawn in the middle of its deploy is not committed") {
    Deploying world;
    run_first(world);
    world.release("1.2");
    std::string wanted = "good";
    SUBCASE("with its files") {
        world.configure(wanted = "new");
    }
    SUBCASE("alone") {}
    kill_before(world, "change packages");
    world.host.memory.apt.remove_version("web", "1.2");
    CHECK(chain(world.converge()) == "planned, drained, started, verified, committed, committed");
    CHECK(world.served() == "1.1");
    CHECK(world.host.memory.files.read("/etc/w.conf") == wanted);
    CHECK(chain(world.converge()) == "");
    world.release("1.3");
    CHECK(chain(world.converge()) == upgraded);
}

TEST_CASE("a release is not blamed for what can no longer be downloaded once the host is out of service") {
    Deploying world;
    run_first(world);
    world.release("1.2", Behaviour::good, "", "library");
    kill_before(world, "change packages");
    world.host.memory.apt.clean_archives();
    world.host.memory.apt.cut_network();
    const auto run = world.converge();
    CHECK(chain(run) == "rolling back, rolled back, rolled back, not quarantined");
    CHECK(run.deploys.at(0).reason.find("the release has no part in that") != std::string::npos);
    CHECK(world.served() == "1.1");
    world.host.memory.apt.cut_network(false);
    CHECK(chain(world.converge()) == upgraded);
}

TEST_CASE("a release is not blamed for what the plan of a run does not have") {
    const dray::converge::PlanKey key(std::string(32, 'k'));
    Deploying world;
    run_first(world);
    world.release("1.2");
    world.configure("new");
    world.host.promise.key = &key;
    auto plan = dray::converge::plan_of(world.host.dry_run());
    for (auto& step : plan.steps)
        if (step.resource == "service[w.service]") step.actions.clear();
    world.host.promise.plan = &plan;
    const auto run = world.converge();
    CHECK(chain(run) ==
          "planned, downloaded, drained, unpacked, migrated, rolling back, rolled back, rolled back, "
          "not quarantined");
    CHECK(world.served() == "1.1");
    world.host.promise.plan = nullptr;
    CHECK(chain(world.converge()) == upgraded);
}

TEST_CASE("a rollback that goes on is judged by what is so after it, and not by what was looked up before") {
    Deploying world;
    run_first(world);
    world.release("1.2", Behaviour::answers_500);
    kill_before(world, "restart w.service", 2);  // the first one is the way forward
    world.host.memory.systemd.ask_ahead();
    CHECK(chain(world.converge()) == "rolled back, quarantined, rolled back and quarantined");
    CHECK(world.served() == "1.1");
}
