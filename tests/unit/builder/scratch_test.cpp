// Mount points that two builds of one prefix share.
#include "builder/scratch.h"

#include "error.h"

#include <doctest/doctest.h>

#include <optional>

using dray::builder::MountPoint;
using dray::builder::Scratch;

namespace {

bool is_there(const std::filesystem::path& path) {
    return std::filesystem::exists(path);
}

}  // namespace

TEST_CASE("a mount point makes what is missing of its path, and removes that and no more") {
    const Scratch scratch;
    const auto prefix = scratch.path() / "there" / "opt" / "warehouse";
    std::filesystem::create_directory(scratch.path() / "there");
    {
        const MountPoint mount_point(prefix);
        CHECK(is_there(prefix));
    }
    CHECK(!is_there(prefix.parent_path()));
    CHECK(is_there(scratch.path() / "there"));
}

TEST_CASE("a mount point that another build still uses is not taken away from it") {
    const Scratch scratch;
    const auto prefix = scratch.path() / "opt" / "warehouse";
    std::optional<MountPoint> first;
    first.emplace(prefix);
    std::optional<MountPoint> second;
    second.emplace(prefix);
    first.reset();
    CHECK(is_there(prefix));
    second.reset();
    const MountPoint third(prefix);
    CHECK(is_there(prefix));
}

TEST_CASE("a mount point is never a link or a file") {
    const Scratch scratch;
    std::filesystem::create_directory(scratch.path() / "elsewhere");
    std::filesystem::create_directory_symlink("elsewhere", scratch.path() / "link");
    CHECK_THROWS_WITH_AS(MountPoint(scratch.path() / "link" / "warehouse"),
                         doctest::Contains("link is not a folder"), dray::Error);
    CHECK(!is_there(scratch.path() / "elsewhere" / "warehouse"));
}
