// Deploys whose agent is killed at every instant: the next run brings the host where the run would have.
#include "converge/deploying.h"

#include <doctest/doctest.h>

#include <functional>
#include <optional>
#include <set>

using dray::test::chain;
using dray::test::Deploying;
using dray::test::Killed;
using Behaviour = Deploying::Behaviour;

namespace {

constexpr int resumptions = 3;  // of one deploy by runs, see converge/deploy.cpp

/// What a story needs, and what holds after it.
struct Story {
    const char* name;
    std::function<void(Deploying&)> before;  ///< what there is to do, once 1.1 runs
    std::string served;                      ///< in the end
    std::string configuration;
    int migrations;       ///< that have succeeded in all
    bool beside = false;  ///< the services run from a copy of the package's folder
};

const std::vector<Story>& stories() {
    static const std::vector<Story> all = {
        {"upgrade", [](Deploying& world) { world.release("1.2"); }, "1.2", "good", 2},
        {"configuration", [](Deploying& world) { world.configure("better"); }, "1.1", "better", 1},
        {"both",
         [](Deploying& world) {
             world.release("1.2");
             world.configure("better");
         },
         "1.2", "better", 2},
        {"rollback", [](Deploying& world) { world.release("1.2", Behaviour::answers_500); }, "1.1", "good",
         2},
        {"rollback of files", [](Deploying& world) { world.configure("bad"); }, "1.1", "good", 1},
        {"upgrade beside", [](Deploying& world) { world.release("1.2"); }, "1.2", "good", 2, true},
        {"rollback beside", [](Deploying& world) { world.release("1.2", Behaviour::answers_500); }, "1.1",
         "good", 2, true},
    };
    return all;
}

std::unique_ptr<Deploying> prepared(const Story& story) {
    auto world = std::make_unique<Deploying>();
    if (story.beside) world->gates += "strategy = \"side-by-side\"\n";
    world->configure("good");
    world->release("1.1");
    REQUIRE(world->converge().exit_code(false) == 0);
    story.before(*world);
    return world;
}

/// Converges, and is killed before the change of that number, counted from 0. Whether it came to that.
bool killed_at(Deploying& world, int number, std::string& where) {
    int seen = 0;
    world.host.memory.instants.on_each([&](const std::string& what) {
        if (seen++ != number) return;
        where = what;
        throw Killed{};
    });
    bool killed = false;
    try {
        world.converge();
    } catch (const Killed&) {
        killed = true;
    }
    world.host.memory.instants.on_each({});
    return killed;
}

void check_end(Deploying& world, const Story& story) {
    CHECK(world.served() == story.served);
    CHECK(world.configuration == story.configuration);
    CHECK(world.host.memory.files.read("/etc/w.conf") == story.configuration);
    CHECK_FALSE(world.host.memory.apt.needs_repair());
    CHECK(world.migrations == story.migrations);
    CHECK_FALSE(world.host.memory.files.read("/var/lib/dray/intents.json").value_or("[]").find("web") !=
                std::string::npos);
}

}  // namespace

TEST_CASE("a run after a kill at any instant ends where the killed one would have") {
    int points = 0;
    std::set<std::string> places;
    for (const auto& story : stories()) {
        CAPTURE(story.name);
        for (int number = 0;; ++number) {
            CAPTURE(number);
            const auto world = prepared(story);
            std::string where;
            if (!killed_at(*world, number, where)) break;
            CAPTURE(where);
            ++points;
            places.insert(where);
            world->converge();
            check_end(*world, story);
            const int changes = world->host.memory.changes();
            world->converge();
            CHECK(world->host.memory.changes() == changes);
        }
    }
    MESSAGE("points: " << points << ", of " << places.size() << " kinds");
    CHECK(points > 90);
    for (const auto* place : {"change packages", "half-way through packages", "restart w.service",
                              "run dray-migrate-web-1.2.service"})
        CHECK(places.contains(place));
}

TEST_CASE("two kills in a row, the second while the next run heals, are survived as well") {
    for (const auto& story : stories()) {
        CAPTURE(story.name);
        for (int first = 0;; first += 7) {
            CAPTURE(first);
            bool any = false;
            for (int second = 0;; second += 7) {
                CAPTURE(second);
                const auto world = prepared(story);
                std::string where;
                if (!killed_at(*world, first, where)) break;
                any = true;
                const bool again = killed_at(*world, second, where);
                world->converge();
                check_end(*world, story);
                if (!again) break;
            }
            if (!any) break;
        }
    }
}

TEST_CASE("a deploy that ends its run again and again is given up, and left alone") {
    Deploying world;
    world.release("1.1");
    world.converge();
    world.release("1.2");
    // Each time in the middle of the migration.
    world.host.memory.instants.on_each([](const std::string& what) {
        if (what.starts_with("run dray-migrate")) throw Killed{};
    });
    for (int run = 0; run <= resumptions; ++run)
        CHECK_THROWS_AS(world.converge(), Killed);
    const auto last = world.converge();
    CHECK(chain(last) == "failed, failed");
    CHECK(last.exit_code(false) == 1);
    CHECK(last.deploys.at(0).reason.find("3 runs") != std::string::npos);
    const int changes = world.host.memory.changes();
    CHECK(chain(world.converge()) == "held by rollback");
    CHECK(world.host.memory.changes() == changes);
}
