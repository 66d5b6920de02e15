// Unit tests of which failures pass by themselves.
#include "builder/unsure.h"

#include "builder/trigger.h"
#include "error.h"
#include "pipeline_world.h"

#include <doctest/doctest.h>

#include <cerrno>
#include <filesystem>
#include <new>
#include <stdexcept>
#include <string>
#include <system_error>

using namespace dray;
using namespace dray::builder;
using dray::test::head;
using dray::test::World;
namespace fs = std::filesystem;

TEST_CASE("what passes by itself in a build is unknown, and what does not has failed") {
    const std::string line = std::string(40, '1') + " " + head + " refs/heads/master\n";
    World world;
    world.programs.fail_at = "__pip-runner__.py install";
    SUBCASE("a wheel that is not there") {
        world.programs.words = "ERROR: No matching distribution found for nowhere==1.0\n";
        CHECK(world.trigger().post_receive(line) == Worked::failed);
        CHECK(world.said.find("hint: there is nothing to take it from: in the build host's settings "
                              "(/etc/dray/build.toml) [python] wheelhouses names folders") !=
              std::string::npos);
        CHECK(world.said.find("no_index = false has pip ask an index") != std::string::npos);
    }
    SUBCASE("an index that is away") {
        world.programs.words =
            "ConnectionError: Failed to establish a new connection: [Errno 111] Connection refused\n";
        CHECK(world.trigger().post_receive(line) == Worked::unknown);
    }
    SUBCASE("a full disk") {
        world.programs.words = "OSError: [Errno 28] No space left on device\n";
        CHECK(world.trigger().post_receive(line) == Worked::unknown);
        CHECK(world.said.find("hint: make room and do the same again; free are ") != std::string::npos);
        CHECK(world.said.find(world.folder.path().string()) != std::string::npos);
    }
    SUBCASE("a full disk of which git tells in its own words") {
        world.programs.fail_at = "worktree add";
        world.programs.words = "error: unable to write file x\nfatal: Could not reset index file\n";
        CHECK(world.trigger().post_receive(line) == Worked::unknown);
    }
    SUBCASE("a full disk of which tar tells in its own words") {
        world.programs.fail_at = "tar --extract --no-same-owner";
        world.programs.words = "tar: x: Wrote only 512 of 10240 bytes\n";
        CHECK(world.trigger().post_receive(line) == Worked::unknown);
    }
    SUBCASE("a full disk while a number is reserved") {
        world.programs.fail_at = "hash-object";
        world.programs.words = "fatal: unable to write loose object file: No space left on device\n";
        CHECK(world.trigger().post_receive(line) == Worked::unknown);
    }
    SUBCASE("tests that fail, whatever words they have for it") {
        world.programs.fail_at = "run-tests";
        world.programs.words = "OSError: [Errno 28] No space left on device\n";
        CHECK(world.trigger().post_receive(line) == Worked::failed);
    }
    SUBCASE("an exception of the standard library") {
        world.programs.fail_at.clear();
        world.programs.loses_package = true;
        CHECK(world.trigger().post_receive(line) == Worked::failed);
        CHECK(world.trigger().history().find("cannot go on") != std::string::npos);
    }
    CHECK(world.programs.reserved().empty());
}

TEST_CASE("what passes by itself is unknown for the single verbs too") {
    World world;
    world.programs.words = "No space left on device\n";
    Request request;
    request.work = world.folder.path() / "dist";
    world.programs.fail_at = "ProjectBuilder";
    CHECK_THROWS_AS(world.pipeline(request).build_distributions(), Unsure);
    world.programs.fail_at.clear();
    world.pipeline(request).build_distributions();
    world.programs.fail_at = "md5sum";
    CHECK_THROWS_AS(world.pipeline(request).build_deb(), Unsure);
    world.programs.fail_at = "ProjectBuilder";
    world.programs.tags = head + "\trefs/tags/26.11.1\n";
    CHECK_THROWS_AS(world.pipeline().verify(Version{26, 11, 1}), Unsure);
}

TEST_CASE("which failures pass by themselves") {
    const auto system = [](int code) {
        return fs::filesystem_error("x", std::error_code(code, std::system_category()));
    };
    CHECK(may_pass(system(ENOSPC)));
    CHECK(may_pass(system(EDQUOT)));
    CHECK(may_pass(system(EIO)));
    CHECK(!may_pass(system(ENOENT)));
    CHECK(may_pass(std::bad_alloc()));
    CHECK(!may_pass(std::runtime_error("No space left on device")));
    CHECK(may_pass(Error::system("cannot write x", ENOSPC)));
    CHECK(!may_pass(Error::system("cannot write x", EACCES)));
    CHECK(!may_pass(Certain("the tests failed", "No space left on device")));
    CHECK(may_pass(Unsure(Error("x", "y"))));
    CHECK_THROWS_AS(nobodys_fault([] { throw Certain("x", "y"); }), Certain);
}
