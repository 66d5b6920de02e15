// Unit tests of the number that a release gets, and of what it carries on from earlier ones.
#include "builder/pipeline.h"
#include "builder/trigger.h"
#include "error.h"
#include "pipeline_world.h"

#include <doctest/doctest.h>

#include <string>

using namespace dray;
using namespace dray::builder;
using dray::test::head;
using dray::test::put;
using dray::test::World;

namespace {

std::string tag_object(const std::string& version, const std::string& floor) {
    return std::string(40, 'e') + " tag 200\nobject " + head + "\ntype commit\ntag " + version +
           "\ntagger A <a@example.org> 1 +0000\n\nwarehouse " + version + "\n\n* A change\n" +
           (floor.empty() ? "" : "\nDray-Schema-Floor: " + floor + "\n") + "\n";
}

}  // namespace

TEST_CASE("the schema floor is written into the package and carried forward from release to release") {
    World world;
    const auto control = [&] {
        return world.files.read(world.folder.path() / "scratch/package/DEBIAN/control").value_or("");
    };
    SUBCASE("when no release has said one, there is none") {
        CHECK(!world.pipeline().release().schema_floor);
        CHECK(control().find("Dray-Schema-Floor") == std::string::npos);
    }
    SUBCASE("this release says one, its own number at most") {
        world.programs.more_of_deb = "schema_floor = \"26.11.1\"\n";
        CHECK(world.pipeline().release().schema_floor->text() == "26.11.1");
        CHECK(control().find("\nDray-Schema-Floor: 26.11.1\n") != std::string::npos);
    }
    SUBCASE("a later one is refused, and the number is given back") {
        world.programs.more_of_deb = "schema_floor = \"26.11.2\"\n";
        CHECK_THROWS_WITH_AS(world.pipeline().release(), doctest::Contains("schema_floor is 26.11.2"), Error);
        CHECK(world.programs.reserved().empty());
        CHECK(world.programs.published().empty());
    }
    SUBCASE("a release that says nothing, or a lower one, keeps what was") {
        world.programs.tags =
            std::string(40, 'd') + "\trefs/tags/26.10.4\n" + std::string(40, 'd') + "\trefs/tags/26.10.9\n";
        world.programs.tag_objects = tag_object("26.10.4", "26.10.2") + tag_object("26.10.9", "");
        SUBCASE("") {}
        SUBCASE("") {
            world.programs.more_of_deb = "schema_floor = \"26.9.30\"\n";
        }
        CHECK(world.pipeline().release().schema_floor->text() == "26.10.2");
        CHECK(control().find("\nDray-Schema-Floor: 26.10.2\n") != std::string::npos);
    }
}

TEST_CASE("a number that another build host has reserved is left to it") {
    World world;
    world.programs.tags = std::string(40, 'a') + "\trefs/dray/versions/26.11.1\n" + std::string(40, 'b') +
                          "\trefs/dray/versions/26.11.1^{}\n";
    CHECK(world.pipeline().next_version().text() == "26.11.2");
}

TEST_CASE("a commit that another build host is releasing is not released twice") {
    World world;
    world.programs.tags =
        std::string(40, 'a') + "\trefs/dray/versions/26.11.1\n" + head + "\trefs/dray/versions/26.11.1^{}\n";
    CHECK_THROWS_WITH_AS(world.pipeline().release(),
                         doctest::Contains("another build host is releasing it as 26.11.1"), Error);
    CHECK(world.programs.published().empty());
    CHECK(world.programs.reserved().empty());
}

TEST_CASE("a number whose files were left by a run that died is not used again") {
    World world;
    put(world.folder.path() / "apt/pool/main/w/warehouse/warehouse_26.11.4_amd64.deb", "left");
    CHECK(world.pipeline().next_version().text() == "26.11.5");
    put(world.folder.path() / "index/warehouse/warehouse-26.11.7.tar.gz", "left");
    CHECK(world.pipeline().next_version().text() == "26.11.8");
}

TEST_CASE(
    "a reservation that the remote does not let go of is this host's own, and the commit is tried again") {
    World world;
    world.programs.keeps_refs = true;
    world.programs.fail_at = "ProjectBuilder";
    CHECK_THROWS_AS(world.pipeline().release(), Error);
    CHECK(world.programs.reserved().size() == 1);
    CHECK(world.trigger().status().find("reserved     26.11.1\n") != std::string::npos);
    world.programs.fail_at.clear();
    // The build that there is makes 26.11.1: what matters is that another number was to be had.
    CHECK_THROWS_WITH_AS(world.pipeline().release(), doctest::Contains("cannot release warehouse 26.11.2"),
                         Error);
    CHECK(world.programs.reserved().size() == 2);
    world.programs.keeps_refs = false;
    CHECK(!world.pipeline().resume());
    CHECK(world.programs.reserved().empty());
    CHECK(world.trigger().status().find("reserved") == std::string::npos);
}

TEST_CASE("a number below one that exists is not built") {
    World world;
    world.programs.tags = std::string(40, 'd') + "\trefs/tags/26.11.4\n";
    Request request;
    request.version = Version{26, 11, 3};
    request.work = world.folder.path() / "dist";
    CHECK_THROWS_WITH_AS(world.pipeline(request).build_distributions(),
                         doctest::Contains("has the tag 26.11.4"), Error);
    // The tag's own commit may be built again.
    world.programs.tags += head + "\trefs/tags/26.11.3\n";
    world.programs.fail_at = "ProjectBuilder";
    CHECK_THROWS_WITH_AS(world.pipeline(request).build_distributions(),
                         doctest::Contains("cannot build warehouse"), Error);
}
