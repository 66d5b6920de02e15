// Unit tests of the files that are fetched once for many locks.
#include "builder/kept_files.h"

#include "builder/fetched_wheels.h"
#include "builder/file_digest.h"
#include "builder/lock_file.h"
#include "builder/scratch.h"
#include "files.h"

#include <doctest/doctest.h>

#include <chrono>
#include <string>
#include <vector>

using namespace dray::builder;
using dray::test::content;
using dray::test::write;
namespace fs = std::filesystem;

namespace {

constexpr auto wheel_name = "helper-1.0-py3-none-any.whl";

/// A cache with one file in it, and what was fetched.
struct Kept {
    Scratch scratch;
    fs::path folder = scratch.path() / "files";
    fs::path to = scratch.path() / "to";
    KeptFiles files{folder};
    std::string sha256 = keep("key", wheel_name, "its content");

    std::string keep(const std::string& key, const std::string& name, const std::string& text) const {
        const fs::path file = scratch.path() / "fetched" / name;
        write(file, text);
        std::string digest = file_sha256(file);
        files.keep(key, file, digest);
        return digest;
    }

    /// As if it had been taken for the last time so many days ago.
    void age(const std::string& digest, int days) const {
        fs::last_write_time(folder / "files" / digest,
                            fs::file_time_type::clock::now() - std::chrono::days(days));
    }

    bool has(const std::string& digest) const { return fs::exists(folder / "files" / digest); }
};

}  // namespace

TEST_CASE("a kept file comes back under its name, for a line that allows it") {
    const Kept kept;
    REQUIRE(kept.files.take("key", {kept.sha256, "another"}, kept.to));
    CHECK(content(kept.to / wheel_name) == "its content");
    CHECK((fs::status(kept.to / wheel_name).permissions() & fs::perms::others_read) != fs::perms::none);
    CHECK(fs::status(kept.folder).permissions() == fs::perms::owner_all);
    fs::remove_all(kept.to);
    CHECK(!kept.files.take("key", {"another"}, kept.to));
    CHECK(!kept.files.take("key", {}, kept.to));
    CHECK(!kept.files.take("another key", {kept.sha256}, kept.to));
    CHECK(!fs::exists(kept.to / wheel_name));
}

TEST_CASE("a kept file that has become another one is thrown away, and can be kept again") {
    const Kept kept;
    const fs::path file = kept.folder / "files" / kept.sha256;
    SUBCASE("before it is taken") {
        write(file, "other content");
        CHECK(!kept.files.take("key", {kept.sha256}, kept.to));
        CHECK(!fs::exists(kept.to / wheel_name));
        CHECK(!kept.has(kept.sha256));
    }
    SUBCASE("before it is kept again") {
        write(file, "other content");
    }
    SUBCASE("it is gone") {
        fs::remove(file);
    }
    CHECK(kept.keep("key", wheel_name, "its content") == kept.sha256);
    CHECK(kept.files.take("key", {kept.sha256}, kept.to));
    CHECK(content(kept.to / wheel_name) == "its content");
}

TEST_CASE("what says which file was chosen cannot lead out of the folder") {
    const Kept kept;
    for (const std::string name : {"../out.whl", "/tmp/out.whl", ".whl", "..", "", "a b"}) {
        write(kept.folder / "chosen/key", kept.sha256 + " " + name + "\n");
        const bool taken = kept.files.take("key", {kept.sha256}, kept.to);
        CHECK_MESSAGE(taken == (name == "a b"), name);  // a name ends at a blank
    }
    CHECK(!fs::exists(kept.scratch.path() / "out.whl"));
    kept.keep("other", "a b-1.0-py3-none-any.whl", "of a strange name");
    CHECK(!fs::exists(kept.folder / "chosen/other"));
}

TEST_CASE("what can not be kept is no error") {
    const Kept kept;
    const Scratch full;
    write(full.path() / "files", "is no folder");
    const KeptFiles files(full.path() / "files");
    files.keep("key", kept.scratch.path() / "fetched" / wheel_name, kept.sha256);
    files.tidy();
    CHECK(!files.take("key", {kept.sha256}, kept.to));
}

TEST_CASE("kept files go when nobody has taken them for a month, and beyond a size those taken long ago") {
    const Kept kept;
    const std::string second = kept.keep("second", "b-1-py3-none-any.whl", "the second");
    const std::string third = kept.keep("third", "c-1-py3-none-any.whl", "the third");
    kept.age(kept.sha256, 29);
    kept.age(second, 31);
    kept.files.tidy();
    CHECK(kept.has(kept.sha256));
    CHECK(!kept.has(second));
    CHECK(kept.has(third));
    CHECK(kept.files.take("key", {kept.sha256}, kept.to));  // it is the newest by that
    kept.age(third, 2);
    kept.files.tidy(400);
    CHECK(kept.has(third));
    write(kept.folder / "files" / third, std::string(400, 'x'));
    kept.age(third, 2);
    kept.files.tidy(400);
    CHECK(kept.has(kept.sha256));
    CHECK(!kept.has(third));
}

TEST_CASE("a line of a lock says which files it allows, and pip which line has none") {
    const std::string line = "My_Helper[more]==1.0 ; python_version < '4' --hash=sha256:0A --hash=sha512:1b";
    CHECK(required_name(line) == "my-helper");
    CHECK(required_hashes(line) == std::set<std::string>{"0a"});
    std::vector<std::string> lines{"a==1 --hash=sha256:0a", line};
    CHECK(not_found(lines, "ERROR: No matching distribution found for my-helper[more]==1.0 (from -r x)") ==
          lines.begin() + 1);
    CHECK(not_found(lines, "ERROR: No matching distribution found for other==1.0") == lines.end());
    CHECK(not_found(lines, "ERROR: Could not open a==1") == lines.end());
    // The index has wheels of it, and the line names none of them.
    const std::string mismatch =
        "ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE. If you have updated\n"
        "    my-helper==1.0 from https://index.example.org/my_helper-1.0-py3-none-any.whl (from -r x):\n"
        "        Expected sha256 0a\n";
    CHECK(not_found(lines, mismatch) == lines.begin() + 1);
    CHECK(not_found(lines, "DO NOT MATCH THE HASHES\n    other==1 from https://x\n") == lines.end());
}
