// Unit tests of a publication: what is seen of it, and what becomes of one that was cut off.
#include "builder/pipeline.h"
#include "builder/publish.h"
#include "builder/run_state.h"
#include "builder/trigger.h"
#include "builder/unsure.h"
#include "error.h"
#include "files.h"
#include "pipeline_world.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <future>
#include <optional>
#include <string>
#include <thread>

using namespace dray;
using namespace dray::builder;
using dray::test::head;
using dray::test::no_commit;
using dray::test::put;
using dray::test::World;
namespace fs = std::filesystem;

TEST_CASE(
    "what is published is the index's files, the package, its record, and the indices by name and by hash") {
    World world;
    world.pipeline().release();
    const auto published = world.programs.published();
    const auto has = [&](const std::string& file) {
        return std::find(published.begin(), published.end(), file) != published.end();
    };
    CHECK(has("index/index.html"));
    CHECK(has("index/warehouse/index.html"));
    CHECK(has("index/warehouse/warehouse-26.11.1.tar.gz"));
    CHECK(has("apt/pool/main/w/warehouse/warehouse_26.11.1_all.deb"));
    CHECK(has("apt/pool/main/w/warehouse/warehouse_26.11.1_all.buildinfo"));
    CHECK(has("apt/generations/stable/1/InRelease"));
    CHECK(has("apt/generations/stable/1/Release.gpg"));
    CHECK(has("apt/generations/stable/1/main/binary-amd64/Packages.zst"));
    CHECK(fs::read_symlink(world.folder.path() / "apt/dists/stable") == "../generations/stable/1");
    CHECK(published.size() == 15);
    CHECK(world.programs.reserved().empty());
}

TEST_CASE("when the remote refuses the tag, clients see nothing of the release any more") {
    World world;
    world.programs.fail_at = "push --quiet -- ";
    CHECK_THROWS_AS(world.pipeline().release(), Error);
    CHECK(world.programs.ran("push --quiet -- "));
    const auto text = [&](const char* file) {
        return world.files.read(world.folder.path() / file).value_or("");
    };
    CHECK(text("index/warehouse/index.html").find("26.11.1") == std::string::npos);
    CHECK(fs::read_symlink(world.folder.path() / "apt/dists/stable") == "../generations/stable/2");
    CHECK(world.programs.reserved().empty());
    SUBCASE("and its number is not used again: somebody may have fetched it") {
        world.programs.fail_at.clear();
        CHECK(world.pipeline().next_version().text() == "26.11.2");
    }
}

TEST_CASE("when nobody knows whether the tag arrived, resume goes on with the same bytes") {
    World world;
    world.programs.fail_at = "push --quiet -- ";
    world.programs.then_fail_at = "ls-remote";
    try {
        world.pipeline().release();
        FAIL("released");
    } catch (const Error& error) {
        CHECK(std::string(error.what()).find("warehouse 26.11.1 is published in part") == 0);
        CHECK(error.parts().hint.find("dray-build resume") != std::string::npos);
    }
    CHECK(world.programs.published().size() == 15);
    world.programs.fail_at.clear();
    world.programs.then_fail_at.clear();
    SUBCASE("when it is asked to") {
        const auto resumed = world.pipeline().resume();
        REQUIRE(resumed);
        CHECK(resumed->version.text() == "26.11.1");
        CHECK(world.programs.published().size() == 15);
        CHECK(world.programs.reserved().empty());
        CHECK(!world.pipeline().resume());
    }
    SUBCASE("and abandon takes it back") {
        REQUIRE(world.pipeline().abandon());
        CHECK(world.files.read(world.folder.path() / "index/warehouse/index.html")->find("26.11.1") ==
              std::string::npos);
        CHECK(world.programs.reserved().empty());
        CHECK(!world.pipeline().resume());
    }
}

TEST_CASE(
    "a tag that somebody has pushed at another commit ends a publication, and the next number is taken") {
    const std::string foreign = std::string(40, 'd') + "\trefs/tags/26.11.1\n";
    const std::string line = no_commit + " " + head + " refs/heads/master\n";
    World world;
    const auto page = [&] {
        return world.files.read(world.folder.path() / "index/warehouse/index.html").value_or("");
    };
    world.programs.late_tags = foreign;
    SUBCASE("while it is built") {
        world.programs.tagged_at = "ProjectBuilder";
        CHECK_THROWS_WITH_AS(world.pipeline().release(), doctest::Contains("this tag at another commit"),
                             Unsure);
        CHECK(world.programs.published().empty());
    }
    SUBCASE("while it is published") {
        world.programs.fail_at = world.programs.tagged_at = "push --quiet -- ";
        CHECK_THROWS_WITH_AS(world.pipeline().release(), doctest::Contains("this tag at another commit"),
                             Unsure);
        CHECK(fs::read_symlink(world.folder.path() / "apt/dists/stable") == "../generations/stable/2");
        CHECK(!page().empty());
    }
    SUBCASE("after it was cut off") {
        world.programs.fail_at = "push --quiet -- ";
        world.programs.then_fail_at = "ls-remote";
        CHECK_THROWS_AS(world.pipeline().release(), Unsure);
        CHECK(page().find("26.11.1") != std::string::npos);
        world.programs.fail_at.clear();
        world.programs.then_fail_at.clear();
        world.programs.tags = foreign;
        SUBCASE("for resume that is an answer") {
            CHECK_THROWS_WITH_AS(world.pipeline().resume(), doctest::Contains("this tag at another commit"),
                                 NumberTaken);
        }
        SUBCASE("and abandon does as ever") {
            CHECK(world.pipeline().abandon());
        }
        SUBCASE("a commit that was pushed over meanwhile is left out as ever") {
            world.programs.pushed_over = head;
            CHECK(world.trigger().post_receive(line) == Worked::nothing);
            CHECK(world.said.find("26.11.1 is given up") != std::string::npos);
            CHECK(world.trigger().history().find("skipped") != std::string::npos);
            CHECK(world.trigger().history().find("failed") == std::string::npos);
        }
        SUBCASE("the next run goes on with its own") {
            CHECK(world.trigger().post_receive(line) == Worked::failed);
            CHECK(world.said.find("26.11.1 is given up") != std::string::npos);
            // The build that there is makes 26.11.1: what matters is that another number was taken.
            CHECK(world.said.find("cannot release warehouse 26.11.2") != std::string::npos);
        }
        CHECK(fs::read_symlink(world.folder.path() / "apt/dists/stable") == "../generations/stable/2");
    }
    CHECK(page().find("26.11.1") == std::string::npos);
    CHECK(world.programs.reserved().empty());
    world.programs.fail_at.clear();
    CHECK(!world.pipeline().resume());
    CHECK(world.pipeline().next_version().text() == "26.11.2");
}

TEST_CASE("what another release has published under the same name stays when a publication is given up") {
    World world;
    world.programs.fail_at = "push --quiet -- ";
    world.programs.then_fail_at = "ls-remote";
    CHECK_THROWS_AS(world.pipeline().release(), Unsure);
    world.programs.fail_at.clear();
    world.programs.then_fail_at.clear();
    const fs::path sdist = world.folder.path() / "index/warehouse/warehouse-26.11.1.tar.gz";
    fs::remove(sdist);
    put(sdist, "of another release");
    world.programs.tags = std::string(40, 'd') + "\trefs/tags/26.11.1\n";
    CHECK_THROWS_AS(world.pipeline().resume(), NumberTaken);
    CHECK(world.files.read(world.folder.path() / "index/warehouse/index.html")->find("26.11.1") !=
          std::string::npos);
    CHECK(!world.pipeline().resume());
}

TEST_CASE("a publication of the wanted commit that was cut off is its release once it has ended") {
    World world;
    world.programs.fail_at = "push --quiet -- ";
    world.programs.then_fail_at = "ls-remote";
    CHECK_THROWS_AS(world.pipeline().release(), Unsure);
    world.programs.fail_at.clear();
    world.programs.then_fail_at.clear();
    const std::string line = no_commit + " " + head + " refs/heads/master\n";
    CHECK(world.trigger().post_receive(line) == Worked::released);
    CHECK(world.programs.times("ProjectBuilder") == 1);
    CHECK(world.trigger().history().find("26.11.1") != std::string::npos);
}

TEST_CASE("a run that waits for somebody else's lock of a published folder says for which") {
    World world;
    fs::create_directories(world.folder.path() / "apt");
    auto held = std::make_optional<Lock>(world.folder.path() / "apt", [] {});
    auto released = std::async(std::launch::async, [&] { return world.pipeline().release(); });
    // No expectation of speed: what ends a test that would wait for ever.
    const std::string waits =
        "waiting for somebody else who changes " + (world.folder.path() / "apt").string();
    for (int i = 0; i < 600 && !world.has_said(waits); ++i)
        std::this_thread::sleep_for(std::chrono::milliseconds(100));
    held.reset();
    CHECK(released.get().version.text() == "26.11.1");
    CHECK(world.said.find("  publish        \n" + waits + "\n  publish ") != std::string::npos);
}

TEST_CASE("what built a published package is told by the record of that package alone") {
    World world;
    world.pipeline().release();
    world.programs.tags = head + "\trefs/tags/26.11.1\n";
    const auto tells = [&](const std::string& published, const char* what) {
        put(world.folder.path() / published, "another");
        fs::remove_all(world.folder.path() / "scratch");
        CHECK_THROWS_WITH_AS(world.pipeline().verify(Version{26, 11, 1}), doctest::Contains(what), Error);
    };
    tells("index/warehouse/warehouse-26.11.1.tar.gz", "\nthey were built by the same packages");
    tells("apt/pool/main/w/warehouse/warehouse_26.11.1_all.deb",
          "\nwarehouse_26.11.1_all.buildinfo is of another warehouse_26.11.1_all.deb");
}
