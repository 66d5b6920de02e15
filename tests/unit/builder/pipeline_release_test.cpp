// Unit tests of the order of a release's steps, of what is visible when one fails, and of what is refused.
#include "builder/checks.h"
#include "builder/pipeline.h"
#include "error.h"
#include "pipeline_world.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace dray;
using namespace dray::builder;
using dray::test::head;
using dray::test::World;
namespace fs = std::filesystem;

TEST_CASE("a release does its steps in order, and pushes the tag last") {
    World world;
    CHECK(world.pipeline().release().version.text() == "26.11.1");
    std::vector<std::string> names;
    for (const auto& step : world.progress.steps())
        if (step.name != "preparation")  // it may take longer than the tests, or not
            names.push_back(step.name);
    CHECK(names == std::vector<std::string>{"source", "tests", "version", "distributions", "environment",
                                            "package", "checks", "publish"});
    CHECK(world.programs.position("run-tests") < world.programs.position("ProjectBuilder"));
    CHECK(world.programs.position("ProjectBuilder") < world.programs.position("dpkg-deb"));
    CHECK(world.programs.position("--dry-run") < world.programs.position("dpkg-deb --field"));
    CHECK(world.programs.position("gpg") < world.programs.position("push --quiet -- "));
    CHECK(!world.programs.ran("--force "));
    CHECK(!fs::exists(world.folder.path() / "opt"));
}

TEST_CASE("when a step fails nothing is published and no tag is pushed") {
    for (const std::string& step : std::vector<std::string>{
             "run-tests", "dpkg-query", "ProjectBuilder", "-m venv", "__pip-runner__.py install", "md5sum",
             "dpkg-deb", "--annotate", "--dry-run", "dpkg-deb --field", "gpg"}) {
        CAPTURE(step);
        World world;
        world.programs.fail_at = step;
        CHECK_THROWS_AS(world.pipeline().release(), Error);
        CHECK(world.programs.ran(step));
        CHECK(world.programs.published().empty());
        CHECK(!world.programs.ran("push --quiet -- "));
        CHECK(world.said.find("failed\n") != std::string::npos);
        CHECK(world.programs.reserved().empty());
    }
}

TEST_CASE("a commit that is released already is refused before anything runs") {
    World world;
    // Older histories have numbers with zeros; other tags do not count.
    world.programs.tags = head + "\trefs/tags/nightly\n" + head + "\trefs/tags/26.09.01\n";
    CHECK_THROWS_WITH_AS(world.pipeline().release(), doctest::Contains("it is released already, as 26.09.01"),
                         Released);
    CHECK(!world.programs.ran("run-tests"));
    CHECK(world.programs.published().empty());
}

TEST_CASE("a commit that the release process has made is refused before anything runs") {
    World world;
    world.trigger().own({head});
    CHECK_THROWS_WITH_AS(world.pipeline().release(), doctest::Contains("it was made by the release process"),
                         Error);
    CHECK(!world.programs.ran("run-tests"));
    CHECK(world.programs.published().empty());
}
