// What every Files does, the real one, the one in memory, and a dry run's over both of them.
#include "error.h"
#include "host/file.h"
#include "host/file_memory.h"
#include "host/identity.h"
#include "host/overlay_files.h"
#include "temporary_folder.h"

#include <doctest/doctest.h>

#include <unistd.h>

#include <functional>

using dray::Error;
using dray::host::Files;
using dray::host::FileType;
using dray::host::Ownership;
using Path = std::filesystem::path;

namespace {

/// The real files, in a folder of their own.
struct OnDisk {
    dray::test::TemporaryFolder folder;
    dray::host::SystemFiles system;
    Files& files = system;
    Path at(const std::string& name) const { return folder.path() / name; }
};

struct InMemory {
    dray::host::MemoryFiles memory{nullptr, dray::host::user_text(::geteuid()),
                                   dray::host::group_text(::getegid())};
    Files& files = memory;
    InMemory() { memory.make_directory("/t", {.owner = {}, .group = {}, .mode = 0700}, true); }
    Path at(const std::string& name) const { return Path("/t") / name; }
};

/// A dry run over the real files, which stay as they are.
struct OverDisk {
    dray::test::TemporaryFolder folder;
    dray::host::SystemFiles system;
    dray::host::Ledger ledger;
    dray::host::OverlayFiles overlay{system, nullptr, ledger, dray::host::user_text(::geteuid()),
                                     dray::host::group_text(::getegid())};
    Files& files = overlay;
    ~OverDisk() { CHECK(std::filesystem::is_empty(folder.path())); }
    Path at(const std::string& name) const { return folder.path() / name; }
};

struct OverMemory : InMemory {
    dray::host::Ledger ledger;
    dray::host::OverlayFiles overlay{memory, nullptr, ledger, dray::host::user_text(::geteuid()),
                                     dray::host::group_text(::getegid())};
    Files& files = overlay;
    ~OverMemory() { CHECK(memory.list("/t").empty()); }
};

Ownership mode(dray::host::Mode bits) {
    return {.owner = {}, .group = {}, .mode = bits};
}

/// The part of an error after the path, which differs between disk and memory.
std::string cause_of(const std::function<void()>& action) {
    try {
        action();
    } catch (const Error& error) {
        return error.parts().cause;
    }
    return "no error";
}

const std::string us = dray::host::user_text(::geteuid());
const std::string our_group = dray::host::group_text(::getegid());

}  // namespace

TEST_CASE_TEMPLATE("nothing there is no error when looking", Place, OnDisk, InMemory, OverDisk, OverMemory) {
    Place place;
    for (const char* const name : {"missing", "missing/below"}) {
        CHECK_FALSE(place.files.status(place.at(name)));
        CHECK_FALSE(place.files.read(place.at(name)));
        CHECK_FALSE(place.files.read_link(place.at(name)));
        CHECK(place.files.list(place.at(name)).empty());
        CHECK_NOTHROW(place.files.remove(place.at(name)));
    }
}

TEST_CASE_TEMPLATE("a written file has its content, owner, group and mode", Place, OnDisk, InMemory, OverDisk,
                   OverMemory) {
    Place place;
    const std::string content("line\n\0binary\xff", 13);
    place.files.write(place.at("f"), content, mode(0640));
    CHECK(place.files.read(place.at("f")) == content);
    const auto status = place.files.status(place.at("f"));
    REQUIRE(status);
    CHECK(status->type == FileType::regular);
    CHECK(status->mode == 0640);
    CHECK(status->owner == us);
    CHECK(status->group == our_group);
    CHECK(status->size == 13);
    CHECK(status->inode != 0);
    CHECK(status->device == place.files.status(place.at(""))->device);
    CHECK(place.files.list(place.at("")) == std::vector<std::string>{"f"});
}

TEST_CASE_TEMPLATE("an empty file is there, and is empty", Place, OnDisk, InMemory, OverDisk, OverMemory) {
    Place place;
    place.files.write(place.at("f"), "", mode(0600));
    CHECK(place.files.read(place.at("f")) == "");
}

TEST_CASE_TEMPLATE("modes are exact, whatever the umask, and may have set-id bits", Place, OnDisk, InMemory,
                   OverDisk, OverMemory) {
    Place place;
    place.files.write(place.at("f"), "x", mode(06777));
    CHECK(place.files.status(place.at("f"))->mode == 06777);
    place.files.make_directory(place.at("d"), mode(01777));
    CHECK(place.files.status(place.at("d"))->mode == 01777);
}

TEST_CASE_TEMPLATE("writing again puts a new file in the old one's place", Place, OnDisk, InMemory, OverDisk,
                   OverMemory) {
    Place place;
    place.files.write(place.at("f"), "old", mode(0600));
    const auto before = place.files.status(place.at("f"));
    place.files.write(place.at("f"), "new", mode(0644));
    const auto after = place.files.status(place.at("f"));
    CHECK(place.files.read(place.at("f")) == "new");
    CHECK(after->mode == 0644);
    CHECK(after->inode != before->inode);
    CHECK(after->modified_ns >= before->modified_ns);
}

TEST_CASE_TEMPLATE("writing replaces a link and leaves its target alone", Place, OnDisk, InMemory, OverDisk,
                   OverMemory) {
    Place place;
    place.files.write(place.at("target"), "kept", mode(0600));
    place.files.make_link(place.at("f"), place.at("target"));
    place.files.write(place.at("f"), "new", mode(0644));
    CHECK(place.files.status(place.at("f"))->type == FileType::regular);
    CHECK(place.files.read(place.at("target")) == "kept");
}

TEST_CASE_TEMPLATE("a folder is not replaced by a file or link", Place, OnDisk, InMemory, OverDisk,
                   OverMemory) {
    Place place;
    place.files.make_directory(place.at("d"), mode(0755));
    CHECK(cause_of([&] { place.files.write(place.at("d"), "x", mode(0644)); }) == "Is a directory");
    CHECK(cause_of([&] { place.files.make_link(place.at("d"), "/x"); }) == "Is a directory");
    CHECK(place.files.status(place.at("d"))->type == FileType::directory);
}

TEST_CASE_TEMPLATE("a missing parent is an error when changing", Place, OnDisk, InMemory, OverDisk,
                   OverMemory) {
    Place place;
    const std::string missing = "No such file or directory";
    CHECK(cause_of([&] { place.files.write(place.at("a/f"), "x", mode(0644)); }) == missing);
    CHECK(cause_of([&] { place.files.make_directory(place.at("a/d"), mode(0755)); }) == missing);
    CHECK(cause_of([&] { place.files.make_link(place.at("a/l"), "/x"); }) == missing);
    CHECK(cause_of([&] { place.files.set_ownership(place.at("f"), mode(0755)); }) == missing);
    place.files.write(place.at("f"), "x", mode(0644));
    CHECK(cause_of([&] { place.files.write(place.at("f/g"), "x", mode(0644)); }) == "Not a directory");
    CHECK(place.files.list(place.at("")) == std::vector<std::string>{"f"});
}

TEST_CASE_TEMPLATE("a user or group that does not exist is named, and nothing changes", Place, OnDisk,
                   InMemory, OverDisk, OverMemory) {
    Place place;
    const Ownership unknown{.owner = "no-such-user", .group = {}, .mode = 0644};
    const Ownership unknown_group{.owner = {}, .group = "no-such-group", .mode = 0644};
    CHECK(cause_of([&] { place.files.write(place.at("f"), "x", unknown); }) ==
          "there is no user no-such-user");
    CHECK(cause_of([&] { place.files.write(place.at("f"), "x", unknown_group); }) ==
          "there is no group no-such-group");
    CHECK(cause_of([&] { place.files.make_directory(place.at("d"), unknown); }) ==
          "there is no user no-such-user");
    CHECK(place.files.list(place.at("")).empty());
}

TEST_CASE_TEMPLATE("ownership can be set by name or number", Place, OnDisk, InMemory, OverDisk, OverMemory) {
    Place place;
    place.files.write(place.at("f"), "x", {.owner = us, .group = our_group, .mode = 0600});
    place.files.set_ownership(place.at("f"), {.owner = us, .group = {}, .mode = 0644});
    CHECK(place.files.status(place.at("f"))->mode == 0644);
    CHECK(place.files.status(place.at("f"))->owner == us);
    CHECK(place.files.read(place.at("f")) == "x");
}

TEST_CASE_TEMPLATE("a link's ownership is not set through it", Place, OnDisk, InMemory, OverDisk,
                   OverMemory) {
    Place place;
    place.files.write(place.at("f"), "x", mode(0600));
    place.files.make_link(place.at("l"), place.at("f"));
    CHECK_THROWS_AS(place.files.set_ownership(place.at("l"), mode(0644)), Error);
    CHECK(place.files.status(place.at("f"))->mode == 0600);
}

TEST_CASE_TEMPLATE("folders are made with their parents only when asked", Place, OnDisk, InMemory, OverDisk,
                   OverMemory) {
    Place place;
    place.files.make_directory(place.at("a/b/c"), mode(0700), true);
    CHECK(place.files.status(place.at("a"))->mode == 0755);
    CHECK(place.files.status(place.at("a/b"))->mode == 0755);
    CHECK(place.files.status(place.at("a/b/c"))->mode == 0700);
    CHECK(place.files.status(place.at("a/b/c"))->type == FileType::directory);
}

TEST_CASE_TEMPLATE("a folder that is there gets the ownership, and what is in it stays", Place, OnDisk,
                   InMemory, OverDisk, OverMemory) {
    Place place;
    place.files.make_directory(place.at("d"), mode(0700));
    place.files.write(place.at("d/f"), "x", mode(0644));
    place.files.make_directory(place.at("d"), mode(0755), true);
    CHECK(place.files.status(place.at("d"))->mode == 0755);
    CHECK(place.files.read(place.at("d/f")) == "x");
    CHECK(cause_of([&] { place.files.make_directory(place.at("d/f"), mode(0755)); }) == "File exists");
}

TEST_CASE_TEMPLATE("links are made, replaced and read, and not followed", Place, OnDisk, InMemory, OverDisk,
                   OverMemory) {
    Place place;
    place.files.make_link(place.at("l"), "/first");
    place.files.make_link(place.at("l"), "../second");
    CHECK(place.files.read_link(place.at("l")) == Path("../second"));
    CHECK(place.files.status(place.at("l"))->type == FileType::link);
    CHECK_THROWS_AS(place.files.read(place.at("l")), Error);
    place.files.write(place.at("f"), "x", mode(0644));
    CHECK_FALSE(place.files.read_link(place.at("f")));
    CHECK_THROWS_AS(place.files.make_link(place.at("l"), ""), Error);
}

TEST_CASE_TEMPLATE("a link can be given an owner, and is ours without one", Place, OnDisk, InMemory, OverDisk,
                   OverMemory) {
    Place place;
    place.files.make_link(place.at("l"), "/x", {.owner = us, .group = our_group});
    CHECK(place.files.status(place.at("l"))->owner == us);
    CHECK(place.files.status(place.at("l"))->group == our_group);
    CHECK(cause_of([&] { place.files.make_link(place.at("l"), "/y", {.owner = "no-such-user"}); }) ==
          "there is no user no-such-user");
    CHECK(place.files.read_link(place.at("l")) == Path("/x"));
    if (::geteuid() != 0) return;
    place.files.make_link(place.at("l"), "/y", {.owner = "12345", .group = "54321"});
    CHECK(place.files.status(place.at("l"))->owner == "12345");
    CHECK(place.files.status(place.at("l"))->group == "54321");
    place.files.make_link(place.at("l"), "/z");
    CHECK(place.files.status(place.at("l"))->owner == us);
}

TEST_CASE_TEMPLATE("a file is written in place, and stays the same file", Place, OnDisk, InMemory, OverDisk,
                   OverMemory) {
    Place place;
    place.files.write(place.at("f"), "a longer text", mode(0600));
    const auto before = place.files.status(place.at("f"));
    place.files.write_in_place(place.at("f"), "short");
    CHECK(place.files.read(place.at("f")) == "short");
    CHECK(place.files.status(place.at("f"))->inode == before->inode);
    CHECK(place.files.status(place.at("f"))->mode == 0600);
}

TEST_CASE_TEMPLATE("only a file that is there is written in place", Place, OnDisk, InMemory, OverDisk,
                   OverMemory) {
    Place place;
    place.files.make_directory(place.at("d"), mode(0755));
    place.files.write(place.at("f"), "kept", mode(0644));
    place.files.make_link(place.at("l"), place.at("f"));
    const auto cause = [&](const char* name) {
        return cause_of([&] { place.files.write_in_place(place.at(name), "x"); });
    };
    CHECK(cause("missing") == "No such file or directory");
    CHECK(cause("missing/f") == "No such file or directory");
    CHECK(cause("d") == "it is not a regular file");
    CHECK(cause("l") == "it is not a regular file");
    CHECK(place.files.read(place.at("f")) == "kept");
}

TEST_CASE_TEMPLATE("room is kept as a file of our own", Place, OnDisk, InMemory, OverDisk, OverMemory) {
    Place place;
    place.files.reserve(place.at("room"), 100'000);
    CHECK(place.files.status(place.at("room"))->type == FileType::regular);
    CHECK(place.files.status(place.at("room"))->mode == 0600);
    place.files.reserve(place.at("room"), 50'000);  // there is more already
    place.files.remove(place.at("room"));
    CHECK_FALSE(place.files.exists(place.at("room")));
    place.files.make_directory(place.at("d"), mode(0755));
    place.files.make_link(place.at("l"), place.at("d"));
    const auto cause = [&](const char* name) {
        return cause_of([&] { place.files.reserve(place.at(name), 1); });
    };
    CHECK(cause("d") == "it is not a regular file");
    CHECK(cause("l") == "it is not a regular file");
    CHECK(cause("missing/room") == "No such file or directory");
}

TEST_CASE_TEMPLATE("our own links among the parents are followed", Place, OnDisk, InMemory, OverDisk,
                   OverMemory) {
    Place place;
    place.files.make_directory(place.at("real/inner"), mode(0755), true);
    place.files.make_directory(place.at("other"), mode(0755));
    place.files.make_link(place.at("absolute"), place.at("real"));
    place.files.make_link(place.at("other/relative"), "./../real//inner/.");
    place.files.write(place.at("absolute/f"), "1", mode(0644));
    place.files.write(place.at("other/relative/g"), "2", mode(0644));
    CHECK(place.files.read(place.at("real/f")) == "1");
    CHECK(place.files.read(place.at("real/inner/g")) == "2");
    CHECK(place.files.list(place.at("absolute/inner")) == std::vector<std::string>{"g"});
}

TEST_CASE_TEMPLATE("links in a circle are an error", Place, OnDisk, InMemory, OverDisk, OverMemory) {
    Place place;
    place.files.make_link(place.at("a"), "b");
    place.files.make_link(place.at("b"), "a");
    CHECK(cause_of([&] { place.files.read(place.at("a/f")); }) == "Too many levels of symbolic links");
    CHECK(cause_of([&] { place.files.write(place.at("a/f"), "x", mode(0644)); }) ==
          "Too many levels of symbolic links");
}

TEST_CASE_TEMPLATE("a dangling link among the parents leads nowhere", Place, OnDisk, InMemory, OverDisk,
                   OverMemory) {
    Place place;
    place.files.make_link(place.at("l"), place.at("missing"));
    CHECK_FALSE(place.files.status(place.at("l/f")));
    CHECK(cause_of([&] { place.files.write(place.at("l/f"), "x", mode(0644)); }) ==
          "No such file or directory");
}

TEST_CASE_TEMPLATE("paths that do not say where they go are refused", Place, OnDisk, InMemory, OverDisk,
                   OverMemory) {
    Place place;
    CHECK(cause_of([&] { place.files.read("relative"); }) == "the path does not begin with /");
    CHECK(cause_of([&] { place.files.read(""); }) == "the path does not begin with /");
    CHECK(cause_of([&] { place.files.write(place.at("x/../f"), "x", mode(0644)); }) ==
          "the path has '..' in it");
    CHECK(cause_of([&] { place.files.remove(Path(place.at("f").string() + std::string("\0g", 2))); }) ==
          "the path has a zero byte in it");
    place.files.write(place.at("f"), "x", mode(0644));
    CHECK(place.files.read(Path(place.at("").string() + "/.///f")) == "x");
}

TEST_CASE_TEMPLATE("the root folder can be looked at and never replaced", Place, OnDisk, InMemory, OverDisk,
                   OverMemory) {
    Place place;
    CHECK(place.files.status("/")->type == FileType::directory);
    CHECK_FALSE(place.files.list("/").empty());
    CHECK_THROWS_AS(place.files.write("/", "x", mode(0644)), Error);
    CHECK_THROWS_AS(place.files.make_link("/", "/x"), Error);
}

TEST_CASE_TEMPLATE("reading stops at its limit", Place, OnDisk, InMemory, OverDisk, OverMemory) {
    Place place;
    place.files.write(place.at("f"), "12345", mode(0644));
    CHECK(place.files.read(place.at("f"), 5) == "12345");
    CHECK(cause_of([&] { place.files.read(place.at("f"), 4); }) == "it has 5 bytes, which is more than 4");
    CHECK(cause_of([&] { place.files.read(place.at("")); }) == "it is not a regular file");
}

TEST_CASE_TEMPLATE("a view has what is there, and what a file of that size holds", Place, OnDisk, InMemory,
                   OverDisk, OverMemory) {
    Place place;
    CHECK_FALSE(place.files.view(place.at("f")));
    CHECK_FALSE(place.files.view(place.at("missing/f")));
    place.files.write(place.at("f"), "12345", {.owner = {}, .group = {}, .mode = 0640});
    const auto whole = place.files.view(place.at("f"), 5);
    REQUIRE(whole);
    CHECK(whole->status.mode == 0640);
    CHECK(whole->status.size == 5);
    CHECK(whole->content == "12345");
    const auto large = place.files.view(place.at("f"), 4);
    REQUIRE(large);
    CHECK(large->status.size == 5);
    CHECK_FALSE(large->content);
    place.files.write(place.at("empty"), "", {});
    CHECK(place.files.view(place.at("empty"))->content == "");
    place.files.make_link(place.at("l"), place.at("f"));
    CHECK(place.files.view(place.at("l"))->status.type == FileType::link);
    CHECK_FALSE(place.files.view(place.at("l"))->content);
    CHECK_FALSE(place.files.view(place.at(""))->content);
}

TEST_CASE_TEMPLATE("names are listed in order", Place, OnDisk, InMemory, OverDisk, OverMemory) {
    Place place;
    for (const char* const name : {"b", "a-b", "a", ".hidden", "ä"})
        place.files.write(place.at(name), "", mode(0644));
    place.files.make_directory(place.at("a.d/below"), mode(0755), true);
    CHECK(place.files.list(place.at("")) == std::vector<std::string>{".hidden", "a", "a-b", "a.d", "b", "ä"});
    CHECK(cause_of([&] { place.files.list(place.at("b")); }) == "Not a directory");
}

TEST_CASE_TEMPLATE("files, links and empty folders can be removed, full folders cannot", Place, OnDisk,
                   InMemory, OverDisk, OverMemory) {
    Place place;
    place.files.make_directory(place.at("d"), mode(0755));
    place.files.write(place.at("d/f"), "x", mode(0644));
    place.files.make_link(place.at("l"), place.at("d"));
    CHECK(cause_of([&] { place.files.remove(place.at("d")); }) == "Directory not empty");
    place.files.remove(place.at("l"));
    CHECK(place.files.read(place.at("d/f")) == "x");
    place.files.remove(place.at("d/f"));
    place.files.remove(place.at("d"));
    CHECK(place.files.list(place.at("")).empty());
}
