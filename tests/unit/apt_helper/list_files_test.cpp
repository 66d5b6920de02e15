// Lists that a power cut has torn.
#include "apt_helper/list_files.h"

#include "apt_world.h"

#include <apt-pkg/sourcelist.h>
#include <doctest/doctest.h>

#include <filesystem>

using dray::apt_helper::remove_torn_lists;
using dray::test::AptWorld;
using dray::test::stanza;
namespace fs = std::filesystem;

namespace {

struct Lists {
    AptWorld world;
    fs::path release;
    fs::path packages;

    Lists() {
        world.archive("stable", stanza("greeting", "1"));
        const auto prefix = (world.path() / "state/lists/stable.test_dists_stable_").string();
        release = prefix + "Release";
        packages = prefix + "main_binary-amd64_Packages";
    }
    void check() const {
        pkgSourceList sources;
        REQUIRE(sources.ReadMainList());
        for (const metaIndex* index : sources) {
            remove_torn_lists(*index, release);
            CHECK(index->GetLoadedSuccessfully() == metaIndex::TRI_UNSET);
        }
    }
};

}  // namespace

TEST_CASE("lists stay that are as long as their release file says, and go when they are not") {
    const Lists lists;
    lists.check();
    CHECK(fs::exists(lists.packages));
    SUBCASE("nothing of it") {
        fs::resize_file(lists.packages, 0);
    }
    SUBCASE("half of it") {
        fs::resize_file(lists.packages, 20);
    }
    SUBCASE("more") {
        fs::resize_file(lists.packages, 4096);
    }
    lists.check();
    CHECK_FALSE(fs::exists(lists.packages));
    CHECK(fs::exists(lists.release));
    lists.check();
}

TEST_CASE("a release file in which nothing is goes as well") {
    const Lists lists;
    fs::resize_file(lists.release, 0);
    lists.check();
    CHECK_FALSE(fs::exists(lists.release));
    CHECK(fs::exists(lists.packages));
}
