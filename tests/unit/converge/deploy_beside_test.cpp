// The strategy side-by-side: services run from a copy of the package's folder.
#include "converge/deploying.h"
#include "error.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <memory>

using dray::test::chain;
using dray::test::Deploying;
using dray::test::upgraded;
using Behaviour = Deploying::Behaviour;

namespace {

std::unique_ptr<Deploying> beside(const std::string& more = "") {
    auto world = std::make_unique<Deploying>();
    world->gates += "strategy = \"side-by-side\"\n" + more;
    world->configure("good");
    world->release("1.1");
    REQUIRE(chain(world->converge()) == upgraded);
    return world;
}

bool is_of(const std::string& tree, const std::string& version) {
    return tree.starts_with(std::string(Deploying::copies_folder) + "/" + version + "-");
}

/// What was run or changed since `begin`, the first place of one of them.
std::size_t place(const std::vector<std::string>& instants, const std::string& what) {
    const auto found = std::ranges::find(instants, what);
    REQUIRE_MESSAGE(found != instants.end(), what);
    return static_cast<std::size_t>(found - instants.begin());
}

}  // namespace

TEST_CASE("a service runs from a copy, and keeps it while dpkg is at work") {
    const auto world = beside();
    const auto before = world->tree_of_service();
    CHECK(is_of(before, "1.1"));
    CHECK(world->host.memory.files.read_link("/opt/.dray/web/current") ==
          std::filesystem::path(before).filename());
    CHECK(world->host.memory.files.exists("/opt/web/.dray-mount"));
    world->release("1.2");
    bool seen = false;
    world->host.memory.apt.on_apply([&](const auto&) {
        seen = true;
        CHECK(world->tree_of_service() == before);
        CHECK(world->host.memory.files.read(before + "/version") == "1.1");
    });
    CHECK(chain(world->converge()) == upgraded);
    CHECK(seen);
    world->host.memory.apt.on_apply({});
    CHECK(is_of(world->tree_of_service(), "1.2"));
    CHECK(world->served() == "1.2");
    CHECK(world->copies().size() == 3);
    world->release("1.3");
    world->converge();
    CHECK_FALSE(world->host.memory.files.exists(before));
    CHECK(world->copies().size() == 3);
}

TEST_CASE("what goes back to its copy runs again before dpkg has begun") {
    const auto world = beside();
    const auto before = world->tree_of_service();
    world->release("1.2", Behaviour::answers_500);
    std::vector<std::string> instants;
    world->host.memory.instants.on_each([&](const std::string& what) {
        if (world->installed() == "1.2") instants.push_back(what);
    });
    CHECK(chain(world->converge()).ends_with("quarantined"));
    CHECK(world->tree_of_service() == before);
    CHECK(world->served() == "1.1");
    CHECK(world->copies().size() == 2);
    const auto restarts = std::ranges::count(instants, "restart w.service");
    CHECK(restarts == 2);
    CHECK(instants.back() == "change packages");
    CHECK(place(instants, "restart w.service") < place(instants, "change packages"));
}

TEST_CASE("a release that is the first beside goes back to the folder itself") {
    Deploying world;
    world.release("1.1");
    world.converge();
    world.gates += "strategy = \"side-by-side\"\n";
    world.configure("good");
    CHECK(chain(world.converge()) == "");
    world.release("1.2", Behaviour::answers_500);
    CHECK(chain(world.converge()).ends_with("quarantined"));
    CHECK(world.tree_of_service() == "/opt/web");
    CHECK(world.served() == "1.1");
    CHECK(world.copies().empty());
}

TEST_CASE("by hand a service goes back to the copy before, or gets one of an older version") {
    const auto world = beside("keep = 3\n");
    const auto first = world->tree_of_service();
    world->release("1.2");
    world->converge();
    const auto second = world->tree_of_service();
    SUBCASE("the one before") {
        world->host.rollback = dray::converge::RollbackWish{"web", "", "by hand"};
        world->converge();
        CHECK(world->tree_of_service() == first);
        CHECK(world->served() == "1.1");
    }
    SUBCASE("an older one") {
        world->release("1.3");
        world->converge();
        world->host.rollback = dray::converge::RollbackWish{"web", "1.1", "by hand"};
        world->converge();
        CHECK(is_of(world->tree_of_service(), "1.1"));
        CHECK(world->tree_of_service() != first);
        CHECK(world->served() == "1.1");
    }
}

TEST_CASE("with the next release a service goes back to the strategy replace") {
    const auto world = beside();
    world->gates = "stable_for = \"0s\"\n";
    world->configure("good");
    world->converge();
    CHECK(is_of(world->tree_of_service(), "1.1"));
    world->release("1.2");
    world->converge();
    CHECK(world->tree_of_service() == "/opt/web");
    CHECK(world->served() == "1.2");
    CHECK_FALSE(world->host.memory.files.exists("/opt/web/.dray-mount"));
    world->release("1.3");
    world->converge();
    CHECK(world->copies().empty());
}

TEST_CASE("a copy is checked by the package's md5sums, and a torn one is no release's fault") {
    const auto world = beside();
    const auto before = world->tree_of_service();
    const std::string sum = "d41d8cd98f00b204e9800998ecf8427e  ";
    auto& processes = world->host.memory.processes;
    processes.answer("dpkg-query --control-show web md5sums",
                     {.output = sum + "opt/web/a\n" + sum + "opt/web/settings\n" + sum + "opt/webster\n" +
                                sum + "usr/share/doc/web/copyright\n"});
    processes.answer("dpkg-query --control-show web conffiles", {.output = "/opt/web/settings\n"});
    processes.answer("md5sum --check --quiet --strict -", {.exit_code = 1, .errors = "a: FAILED"});
    world->release("1.2");
    const auto run = world->converge();
    CHECK(chain(run).ends_with("rolled back, not quarantined"));
    CHECK(run.deploys.at(0).reason.find("a: FAILED") != std::string::npos);
    CHECK(world->tree_of_service() == before);
    CHECK(world->served() == "1.1");
    const auto checked = std::ranges::find_if(
        processes.commands(), [](const auto& command) { return command.argv.front() == "md5sum"; });
    REQUIRE(checked != processes.commands().end());
    CHECK(checked->input == sum + "a\n");
    CHECK(is_of(checked->directory.string(), "1.2"));
    processes.answer("md5sum --check --quiet --strict -");
    CHECK(chain(world->converge()) == upgraded);
}

TEST_CASE("no room for the copy is no release's fault") {
    const auto world = beside();
    const auto before = world->tree_of_service();
    bool full = true;
    world->host.memory.instants.on_each([&full](const std::string& what) {
        if (full && what.starts_with("cp "))
            throw dray::Error("cannot copy the package's folder", "No space left on device");
    });
    world->release("1.2");
    CHECK(chain(world->converge()).ends_with("rolled back, not quarantined"));
    CHECK(world->tree_of_service() == before);
    CHECK(world->served() == "1.1");
    full = false;
    CHECK(chain(world->converge()) == upgraded);
}
