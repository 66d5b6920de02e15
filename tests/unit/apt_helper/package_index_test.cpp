// Which of apt's lists are package indexes, and where their new content is.
#include "apt_helper/package_index.h"

#include "apt_world.h"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>

using dray::apt_helper::is_package_index;
using dray::apt_helper::new_content;
using dray::apt_helper::plain_name;
using dray::test::AptWorld;

TEST_CASE("what is an index is told by the last part of its name") {
    CHECK(is_package_index("repository.test_apt_dists_stable_main_binary-amd64_Packages"));
    CHECK(is_package_index("repository.test_apt_dists_stable_main_binary-amd64_Packages.lz4"));
    CHECK(is_package_index("repository.test_flat_._Packages"));
    CHECK(is_package_index("repository.test_apt_dists_stable_main_i18n_Translation-pt%5fBR.gz"));
    CHECK_FALSE(is_package_index("repository.test_apt_dists_stable_main_binary-amd64_Packages.diff_Index"));
    CHECK_FALSE(
        is_package_index("repository.test_apt_dists_stable_main_binary-amd64_Packages.diff_Index.xz"));
    CHECK_FALSE(
        is_package_index("repository.test_dists_stable_main_i18n_Translation-en.diff_T-2026-11-30-0000.00-F-"
                         "2026-11-29-0000.00.gz"));
    CHECK_FALSE(is_package_index("repository.test_Packages.old_dists_stable_InRelease"));
    CHECK_FALSE(is_package_index("repository.test_my_Translation-files_dists_stable_InRelease"));
    CHECK_FALSE(is_package_index("repository.test_apt_dists_stable_main_source_Sources"));
}

TEST_CASE("an index has one name, however it is compressed") {
    CHECK(plain_name("x.test_dists_a.b_main_binary-amd64_Packages") ==
          "x.test_dists_a.b_main_binary-amd64_Packages");
    CHECK(plain_name("x.test_dists_a.b_main_binary-amd64_Packages.lz4") ==
          "x.test_dists_a.b_main_binary-amd64_Packages");
}

TEST_CASE("the new content of an index is where libapt has put it") {
    const AptWorld world;
    const auto lists = world.path() / "some_lists";
    const auto partial = lists / "partial";
    std::filesystem::create_directories(partial);
    const auto write = [](const std::filesystem::path& file) { std::ofstream(file) << file.string(); };
    write(lists / "x_Packages");
    CHECK(new_content(lists / "x_Packages").empty());

    write(partial / "x_Packages-patched");
    CHECK(new_content(lists / "x_Packages") == partial / "x_Packages-patched");
    write(partial / "x_Packages-patched.lz4");
    CHECK(new_content(lists / "x_Packages.lz4") == partial / "x_Packages-patched.lz4");

    // What an earlier download has left is not what has come.
    write(partial / "x_Packages");
    CHECK(new_content(lists / "x_Packages") == partial / "x_Packages");
    std::filesystem::remove(partial / "x_Packages");
    std::filesystem::create_symlink(lists / "x_Packages", partial / "x_Packages");
    CHECK(new_content(lists / "x_Packages").empty());
}
