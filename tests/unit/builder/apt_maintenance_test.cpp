// Unit tests of a suite that something has happened to since it was published.
#include "builder/apt_index.h"
#include "builder/apt_repository.h"
#include "builder/packed_stanzas.h"
#include "builder/settings.h"
#include "error.h"
#include "pipeline_world.h"

#include <doctest/doctest.h>

#include <chrono>
#include <filesystem>
#include <string>

using namespace dray;
using namespace dray::builder;
using dray::test::put;
using dray::test::World;
namespace fs = std::filesystem;

namespace {

Settings::Publish publish_settings(const World& world) {
    return read_settings({}, SettingsText{"build.toml", world.programs.host_settings()}, Need::repository)
        .publish;
}

}  // namespace

TEST_CASE("a suite whose link is lost is no new one: nothing of it is thrown away") {
    World world;
    world.pipeline().release();
    const fs::path link = world.folder.path() / "apt/dists/stable";
    const fs::path kept = world.folder.path() / "apt/generations/stable/1/InRelease";
    SUBCASE("the link is gone") {
        fs::remove(link);
    }
    SUBCASE("it leads nowhere") {
        fs::remove(link);
        fs::create_symlink("../generations/stable/7", link);
    }
    const Settings::Publish settings = publish_settings(world);
    AptMaintenance maintenance(world.programs, world.clock, settings);
    try {
        maintenance.add({"x.deb"});
        FAIL("added");
    } catch (const Error& error) {
        CHECK(error.parts().cause.find("does not lead to a generation") != std::string::npos);
        CHECK(error.parts().hint.find("dray-build repoint --to stable 1") == 0);
    }
    CHECK_THROWS_AS(maintenance.renew(true), Error);
    CHECK(fs::exists(kept));
    CHECK(maintenance.repoint(1));
    const SuiteContent content = AptSuite(world.programs, world.clock, settings, "stable").content();
    StanzaReader stanzas(content.packages.at("main/binary-amd64"));
    CHECK(stanza_field(stanzas.next().value_or(""), "Package") == "warehouse");
}

TEST_CASE("a first release that died before it was shown is no lost suite") {
    World world;
    put(world.folder.path() / "apt/generations/stable/1/InRelease", "left");
    CHECK_NOTHROW(world.pipeline().release());
    CHECK(fs::read_symlink(world.folder.path() / "apt/dists/stable") == "../generations/stable/1");
}

TEST_CASE("a clock that went back is said, and the repository's date goes on") {
    World world;
    world.pipeline().release();
    const Settings::Publish settings = publish_settings(world);
    std::string said;
    AptMaintenance maintenance(world.programs, world.clock, settings,
                               [&](const std::string& text) { said += text; });
    const AptSuite suite(world.programs, world.clock, settings, "stable");
    const auto before = suite.release()->date;
    maintenance.renew(true);
    CHECK(said.empty());
    world.clock.time -= std::chrono::hours(24);
    maintenance.renew(true);
    CHECK(said.find("the clock is 86402 s behind the suite stable") != std::string::npos);
    CHECK(suite.release()->date == before + std::chrono::seconds(2));
}
