// Unit tests of how the products of a release are made.
#include "builder/pipeline.h"
#include "builder/scratch.h"
#include "error.h"
#include "pipeline_world.h"

#include <doctest/doctest.h>

#include <filesystem>
#include <string>
#include <thread>

using namespace dray;
using namespace dray::builder;
using dray::test::head;
using dray::test::put;
using dray::test::World;
namespace fs = std::filesystem;

TEST_CASE(
    "what needs no number is made beside the tests, and packages while the distributions are looked over") {
    World world;
    SUBCASE("the tests") {
        world.programs.meeting = {"run-tests", "-m venv"};
    }
    SUBCASE("the distributions") {
        if (std::thread::hardware_concurrency() < 2) return;
        world.programs.meeting = {"ZipFile", "--require-hashes"};
    }
    world.pipeline().release();
    CHECK(world.programs.met());
}

TEST_CASE("what is made beside the tests, and takes longer, is a step of its own from then on") {
    World world;
    world.programs.held = "-m venv";
    world.programs.until = [&] { return world.has_said("  preparation    "); };
    world.pipeline().release();
    CHECK(world.has_said("  preparation      0.0 s  begun beside the tests\n"));
}

TEST_CASE("tests that fail end a release whose root tree another build is making") {
    World world;
    world.programs.more_of_deb = "targets = [\"bookworm\"]\n";
    world.programs.more_of_host = "[targets.bookworm]\nmirrors = [\"http://mirror.example.org/debian\"]\n";
    world.programs.fail_at = "run-tests";
    const fs::path roots = world.folder.path() / "state/roots";
    fs::create_directories(roots);
    const Lock other(roots, [] {});
    CHECK_THROWS_WITH_AS(world.pipeline().release(), doctest::Contains("broken"), Error);
    CHECK(!world.programs.ran("mmdebstrap"));
}

TEST_CASE("beside tests that may have fewer processes than a build nothing is made") {
    World world;
    world.programs.more_of_host = "[test]\nprocesses = 100\n";
    world.pipeline().release();
    CHECK(world.programs.position("run-tests") < world.programs.position("-m venv"));
}

TEST_CASE("what a service's own files ask for is done by their names, and by packages that the hosts get") {
    World world;
    world.programs.more_of_deb = "overlay = \"packaging\"\ndepends = [\"postgresql-client\", \"w (>= 2)\"]\n";
    world.programs.sources = {{"packaging/usr/lib/sysusers.d/accounts.conf", "u w -\n"},
                              {"packaging/usr/lib/tmpfiles.d/b.conf", "d /run/w\n"},
                              {"packaging/usr/lib/tmpfiles.d/a.conf", "d /run/x\n"},
                              {"packaging/usr/lib/systemd/system/w.service", "[Service]\n"}};
    world.pipeline().release();
    const auto control = [&](const char* name) {
        return world.files.read(world.folder.path() / "scratch/package/DEBIAN" / name).value_or("");
    };
    CHECK(control("postinst")
              .find("    systemd-sysusers accounts.conf\n    systemd-tmpfiles --create a.conf b.conf\n"
                    "    [ ! -d /run/systemd/system ] || systemctl daemon-reload || :\n") !=
          std::string::npos);
    CHECK(fs::exists(world.folder.path() / "scratch/package/usr/lib/systemd/system/w.service"));
    CHECK(control("control").find("systemd | systemd-standalone-sysusers | systemd-sysusers, "
                                  "systemd | systemd-standalone-tmpfiles | systemd-tmpfiles, "
                                  "postgresql-client, w (>= 2)\n") != std::string::npos);
}

TEST_CASE("an overlay is looked over as everything else in the package is") {
    World world;
    world.programs.more_of_deb = "overlay = \"packaging\"\n";
    SUBCASE("byte code") {
        world.programs.sources = {{"packaging/usr/share/w/x.pyc", ""}};
    }
    SUBCASE("a name that is not UTF-8") {
        world.programs.sources = {{"packaging/usr/share/w/\xe9", ""}};
    }
    SUBCASE("maintainer scripts") {
        world.programs.sources = {{"packaging/DEBIAN/preinst", "#!/bin/sh\n"}};
    }
    SUBCASE("a unit of accounts with a name for a shell") {
        world.programs.sources = {{"packaging/usr/lib/sysusers.d/$(reboot).conf", ""}};
    }
    SUBCASE("a recipe, which nobody would check there") {
        world.programs.sources = {{"packaging/usr/share/dray/recipes/w/recipe.toml", ""}};
    }
    SUBCASE("a recipe that would win over all others") {
        world.programs.sources = {{"packaging/etc/dray/recipes/w/recipe.toml", ""}};
    }
    CHECK_THROWS_AS(world.pipeline().release(), Error);
    CHECK(world.programs.published().empty());
}

TEST_CASE("the check of a service's recipe is a step of its own") {
    World world;
    world.programs.more_of_deb = "recipe = \"rules\"\n";
    world.programs.sources = {{"rules/recipe.toml", "[recipe]\nname = \"warehouse\"\n"}};
    world.pipeline().release();
    CHECK(world.has_said("  recipe           0.0 s  rules\nnote: the recipe warehouse was not checked: "));
}

TEST_CASE("an environment is taken from the cache for the same lock, with the files that it names") {
    World world;
    world.programs.sources = {{"requirements.txt", "-r more.txt\n"},
                              {"more.txt", "x==1\n-c limits.txt\n"},
                              {"limits.txt", "y<2\n"}};
    world.programs.fail_at = "md5sum";
    const auto made = [&] {
        CHECK_THROWS_AS(world.pipeline().release(), Error);
        return world.programs.times("-m venv --without-pip " +
                                    (world.folder.path() / "opt/warehouse").string());
    };
    CHECK(made() == 1);
    CHECK(made() == 1);
    world.programs.sources["more.txt"] = "x==2\n-c limits.txt\n";
    CHECK(made() == 2);
    world.programs.sources["limits.txt"] = "y<3\n";
    CHECK(made() == 3);
    CHECK(made() == 3);
}

TEST_CASE("an environment that names a folder of its build is not kept for later ones") {
    World world;
    world.programs.sources = {{"requirements.txt", "x==1\n"}};
    world.programs.leaks = true;
    CHECK_THROWS_WITH_AS(world.pipeline().release(), doctest::Contains("name a folder of this build"), Error);
    CHECK(!world.programs.ran("md5sum"));
    const fs::path state = fs::directory_iterator(world.folder.path() / "state")->path();
    for (const auto& entry : fs::recursive_directory_iterator(state))
        CHECK(entry.path().filename() != "module.py");
}

TEST_CASE("single steps hand their products on in the work folder, and refuse changed ones") {
    World world;
    Request request;
    request.work = world.folder.path() / "dist";
    CHECK(world.pipeline(request).build_distributions().wheel == "warehouse-26.11.1-py3-none-any.whl");
    CHECK_THROWS_AS(world.pipeline(request).publish(), Error);
    CHECK(world.programs.published().empty());
    put(world.folder.path() / "dist/release.json",
        R"({"version": "26.11.1", "commit": ")" + head +
            R"(", "changes": [], "wheel": {"name": "warehouse-26.11.1-py3-none-any.whl", "sha256": "0"}})");
    CHECK_THROWS_AS(world.pipeline(request).build_deb(), Error);
}
