// Room on the disk for the way back, and what a way back that fails leaves alone.
#include "converge/deploying.h"
#include "error.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cerrno>

using dray::converge::DeployState;
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

TEST_CASE("the room is for the package file, for what it unpacks, and for what dpkg and apt write") {
    Deploying world;
    world.host.memory.apt.add_version(
        "web", "1.1", {.fields = {{"Installed-Size", "200000"}}, .content = std::string(1000, 'x')});
    REQUIRE(world.converge().exit_code(false) == 0);
    world.release("1.2");
    std::uint64_t size = 0;
    world.host.memory.instants.on_each([&](const std::string& what) {
        if (what == "change packages") size = world.host.memory.files.status(room)->size;
    });
    CHECK(chain(world.converge()) == upgraded);
    CHECK(size == 1000 + 200'000 * 1024 * 3 / 2 + 32'000'000);
}

TEST_CASE("on a disk that a release has filled the way back has its room") {
    Deploying world;
    run_first(world);
    world.release("1.2", Behaviour::cannot_migrate);
    const auto full = [&world](const std::string& what) {
        if (what.starts_with("cannot write") && has_room(world)) throw dray::Error::system(what, ENOSPC);
    };
    bool filled = false;
    const auto fill_when_migrating = [&](const std::string& what) {
        filled = filled || what.starts_with("run dray-migrate");
        if (filled) full(what);
    };
    const std::string back = "rolling back, rolled back, quarantined, rolled back and quarantined";
    SUBCASE("in the same run") {
        world.host.memory.instants.on_each(fill_when_migrating);
        CHECK(chain(world.converge()) == "planned, downloaded, drained, unpacked, " + back);
    }
    SUBCASE("in the run after one that was killed") {
        kill_before(world, "run dray-migrate-web-1.2.service");
        world.host.memory.instants.on_each(full);
        CHECK(chain(world.converge()) == back);
    }
    SUBCASE("and when that is killed as well") {
        world.host.memory.instants.on_each([&](const std::string& what) {
            fill_when_migrating(what);
            if (filled && what.ends_with("/room")) throw dray::test::Killed{};
        });
        CHECK_THROWS_AS(world.converge(), dray::test::Killed);
        world.host.memory.instants.on_each(full);
        CHECK(chain(world.converge()) == back);
    }
    CHECK(world.served() == "1.1");
    CHECK_FALSE(has_room(world));
}

TEST_CASE("a release that has passed its gates is not blamed for a record that cannot be written") {
    Deploying world;
    run_first(world);
    world.release("1.2");
    bool failed = false;
    world.host.memory.instants.on_each([&](const std::string& what) {
        bool corrupt = false;
        const auto book =
            dray::converge::read_deploys(world.host.memory.files, "/var/lib/dray", "web", corrupt);
        const bool verified = book.current && book.current->state() == DeployState::verified;
        if (failed || !verified || !what.ends_with("deploys.json")) return;
        failed = true;
        throw dray::Error::system(what, EIO);
    });
    const auto run = world.converge();
    CHECK(chain(run) ==
          "planned, downloaded, drained, unpacked, migrated, started, verified, rolling back, rolled back, "
          "rolled "
          "back, not quarantined");
    CHECK(world.served() == "1.1");
    CHECK(chain(world.converge()) == upgraded);
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
