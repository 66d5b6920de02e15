// Changes of files that apt's answers rest on are noticed, however they are made.
#include "host/apt_fingerprint.h"

#include "temporary_folder.h"

#include <doctest/doctest.h>

#include <fcntl.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

using namespace dray::host;
namespace fs = std::filesystem;

namespace {

void write(const fs::path& path, const std::string& text) {
    std::ofstream(path) << text;
}

/// Sets the time of content, as `touch -d` does.
void set_time(const fs::path& path, std::time_t seconds) {
    const timespec times[] = {{seconds, 0}, {seconds, 0}};
    REQUIRE(::utimensat(AT_FDCWD, path.c_str(), times, 0) == 0);
}

/// A folder with one file in it, watched either way.
struct Watched {
    explicit Watched(bool by_content) {
        fs::create_directory(folder);
        write(file, "one");
        watched = {{.subject = "x", .by_content = by_content, .paths = {folder}}};
        before = settled_fingerprint(watched);
    }
    bool changed() const { return !changed_subjects(before, apt_fingerprint(watched)).empty(); }

    dray::test::TemporaryFolder temporary;
    fs::path folder = temporary.path() / "folder";
    fs::path file = folder / "file";
    std::vector<AptWatched> watched;
    AptFingerprint before;
};

}  // namespace

TEST_CASE("what is not touched has not changed") {
    for (const bool by_content : {false, true})
        CHECK_FALSE(Watched(by_content).changed());
}

TEST_CASE("another content of the same size and time is a change") {
    for (const bool by_content : {false, true}) {
        const Watched one(by_content);
        set_time(one.file, 1000000000);
        const auto before = settled_fingerprint(one.watched);
        write(one.file, "two");
        set_time(one.file, 1000000000);
        CHECK_FALSE(changed_subjects(before, apt_fingerprint(one.watched)).empty());
    }
}

TEST_CASE("a change right after the fingerprint is seen") {
    // Without waiting for the clock's next tick some of these would have the same times.
    for (int attempt = 0; attempt < 20; ++attempt) {
        const Watched one(false);
        std::fstream(one.file, std::ios::in | std::ios::out) << "two";
        CHECK(one.changed());
    }
}

TEST_CASE("the same content in a new file is a change by identity alone") {
    for (const bool by_content : {false, true}) {
        const Watched one(by_content);
        fs::copy_file(one.file, one.temporary.path() / "copy");
        fs::rename(one.temporary.path() / "copy", one.file);
        CHECK(one.changed() == !by_content);
    }
}

TEST_CASE("files that come and go are changes") {
    for (const bool by_content : {false, true}) {
        const Watched more(by_content), less(by_content), none(by_content);
        write(more.folder / "second", "");
        CHECK(more.changed());
        fs::remove(less.file);
        CHECK(less.changed());
        fs::remove_all(none.folder);
        CHECK(none.changed());
    }
}

TEST_CASE("another mode is a change") {
    for (const bool by_content : {false, true}) {
        const Watched one(by_content);
        fs::permissions(one.file, fs::perms::owner_all);
        CHECK(one.changed());
    }
}

TEST_CASE("a link counts as what it leads to, and as itself") {
    for (const bool by_content : {false, true}) {
        const Watched one(by_content);
        const auto target = one.temporary.path() / "target";
        write(target, "one");
        fs::remove(one.file);
        fs::create_symlink(target, one.file);
        CHECK(one.changed());
        const auto before = settled_fingerprint(one.watched);
        CHECK(changed_subjects(before, apt_fingerprint(one.watched)).empty());
        write(target, "two");
        CHECK_FALSE(changed_subjects(before, apt_fingerprint(one.watched)).empty());
        const auto again = settled_fingerprint(one.watched);
        fs::remove(target);
        CHECK_FALSE(changed_subjects(again, apt_fingerprint(one.watched)).empty());
    }
}

TEST_CASE("changed subjects are named") {
    const AptFingerprint before{.digests = {{"a", "1"}, {"b", "2"}, {"c", "3"}}};
    const AptFingerprint now{.digests = {{"a", "1"}, {"b", "5"}, {"d", "4"}}};
    CHECK(changed_subjects(before, now) == std::vector<std::string>{"b", "d", "c"});
}
