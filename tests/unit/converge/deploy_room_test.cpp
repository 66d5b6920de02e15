// Room on the disk for the way back, and what a way back that fails leaves alone.
#include "converge/deploying.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cerrno>

using dray::test::chain;
using dray::test::Deploying;
using dray::test::kill_before;
using dray::test::run_first;
using dray::test::upgraded;
using Behaviour = Deploying::Behaviour;

namespace {

constexpr auto room = "/var/lib/dray/deploys/web/room";

bool has_room(Deploying& world) {
    return world.host.memory.files.exists(room);
}

}  // namespace

TEST_CASE("room for the way back is kept while a release can fill the disk, and is free for it") {
    Deploying world;
    run_first(world);
    std::string seen;
    world.host.memory.instants.on_each([&](const std::string& what) {
        if (what == "change packages") seen += has_room(world) ? "kept " : "free ";
    });
    SUBCASE("a good release") {
        world.release("1.2");
        CHECK(chain(world.converge()) == upgraded);
        CHECK(seen == "kept ");
    }
    SUBCASE("a bad one") {
        world.release("1.2", Behaviour::cannot_migrate);
        world.converge();
        CHECK(seen == "kept free ");
        CHECK(world.served() == "1.1");
    }
    CHECK_FALSE(has_room(world));
}

TEST_CASE("room that a killed run has kept for a deploy which never began is free again") {
    Deploying world;
    run_first(world);
    world.release("1.2");
    kill_before(world, "cannot write /var/lib/dray/deploys/web/deploys.json");
    REQUIRE(has_room(world));
    world.host.memory.apt.remove_version("web", "1.2");
    world.converge();
    CHECK_FALSE(has_room(world));
}

TEST_CASE("without room for the way back nothing is begun, unless the recipe allows that") {
    Deploying world;
    run_first(world);
    world.release("1.2");
    world.host.memory.files.refuse(room, ENOSPC);
    const auto run = world.converge();
    CHECK(chain(run) == "refused");
    CHECK(run.deploys.at(0).reason.find("No space left on device") != std::string::npos);
    CHECK(world.installed() == "1.1");
    world.gates = "allow_no_rollback = true\nstable_for = \"0s\"\n";
    world.configure("good");
    CHECK(world.converge().exit_code(false) == 0);
    CHECK(world.served() == "1.2");
}

TEST_CASE("when the way back fails, what still runs as before is left alone") {
    Deploying world;
    run_first(world);
    world.release("1.2", Behaviour::cannot_migrate);
    auto& memory = world.host.memory;
    memory.instants.on_each([&](const std::string& what) {
        if (what.starts_with("run dray-migrate")) memory.apt.fail_next_apply("a prerm script has failed");
    });
    const auto run = world.converge();
    CHECK(chain(run) == "planned, downloaded, drained, unpacked, rolling back, failed, failed");
    CHECK(run.still_owed.empty());
    CHECK(world.running == "1.1");
    memory.instants.on_each({});
    CHECK(chain(world.converge()) == "held by rollback");
    CHECK(world.running == "1.1");
    world.release("1.3");
    world.converge();
    CHECK(world.served() == "1.3");
}
