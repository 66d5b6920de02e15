// Unit tests of what happens to folders that other people's programs have filled.
#include "builder/foreign_tree.h"

#include "builder/scratch.h"
#include "error.h"
#include "files.h"

#include <doctest/doctest.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace dray;
using namespace dray::builder;
using dray::test::content;
using dray::test::write;
namespace fs = std::filesystem;

namespace {

mode_t mode_of(const fs::path& path) {
    struct stat status {};
    REQUIRE(::lstat(path.c_str(), &status) == 0);
    return status.st_mode & 07777;
}

}  // namespace

TEST_CASE("what is taken over has no set-user-ID bits, and others cannot write into it") {
    const Scratch scratch;
    const fs::path tree = scratch.path() / "tree";
    write(scratch.path() / "elsewhere", "x");
    write(tree / "bin/program", "x");
    write(tree / "data", "x");
    fs::create_symlink(scratch.path() / "elsewhere", tree / "link");
    REQUIRE(::chmod((tree / "bin/program").c_str(), 06777) == 0);
    REQUIRE(::chmod((tree / "data").c_str(), 0622) == 0);
    REQUIRE(::chmod((tree / "bin").c_str(), 03777) == 0);
    REQUIRE(::chmod((scratch.path() / "elsewhere").c_str(), 0666) == 0);
    if (::geteuid() == 0) {
        for (const char* name : {"bin", "bin/program", "link"})
            REQUIRE(::lchown((tree / name).c_str(), 65534, 65534) == 0);
    }
    take_over(tree);
    CHECK(mode_of(tree / "bin/program") == 0755);
    CHECK(mode_of(tree / "data") == 0600);
    CHECK(mode_of(tree / "bin") == 0755);
    CHECK(mode_of(scratch.path() / "elsewhere") == 0666);
    for (const char* name : {"bin", "bin/program", "data", "link"}) {
        struct stat status {};
        REQUIRE(::lstat((tree / name).c_str(), &status) == 0);
        CHECK(status.st_uid == ::geteuid());
    }
}

TEST_CASE("a pipe and a file with a second name are not taken over") {
    const Scratch scratch;
    write(scratch.path() / "tree/file", "x");
    REQUIRE(::mkfifo((scratch.path() / "tree/pipe").c_str(), 0644) == 0);
    CHECK_THROWS_WITH_AS(take_over(scratch.path() / "tree"),
                         doctest::Contains("neither file, folder nor link"), Error);
    fs::remove(scratch.path() / "tree/pipe");
    fs::create_hard_link(scratch.path() / "tree/file", scratch.path() / "other");
    CHECK_THROWS_WITH_AS(take_over(scratch.path() / "tree"), doctest::Contains("a second name"), Error);
}

TEST_CASE("a tree deeper than there are descriptors is removed, and nothing that its links lead to") {
    const Scratch scratch;
    const fs::path tree = scratch.path() / "tree";
    write(scratch.path() / "kept/file", "kept");
    write(tree / "removed-1/x/y/z", "x");
    fs::create_directory_symlink(scratch.path() / "kept", tree / "link");
    int folder = ::open(tree.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    for (int depth = 0; depth < 5000; ++depth) {
        REQUIRE(::mkdirat(folder, "deeper", 0755) == 0);
        const int next = ::openat(folder, "deeper", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        REQUIRE(::symlinkat("..", folder, "up") == 0);
        ::close(folder);
        REQUIRE(next >= 0);
        folder = next;
    }
    ::close(folder);
    remove_tree(tree);
    CHECK(!fs::exists(fs::symlink_status(tree)));
    CHECK(content(scratch.path() / "kept/file") == "kept");
    remove_tree(tree);
    remove_tree(scratch.path() / "kept/file");
    CHECK(!fs::exists(scratch.path() / "kept/file"));
}
