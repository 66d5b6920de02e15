// Packages that are not what they seem are refused before dpkg sees them.
#include "apt_helper/archive_check.h"

#include "apt_world.h"
#include "error.h"
#include "host/process.h"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <string>

using namespace dray;
using apt_helper::ArchiveCheck;
namespace fs = std::filesystem;

namespace {

void run(const std::vector<std::string>& argv, const fs::path& folder) {
    host::Command command;
    command.argv = argv;
    command.directory = folder;
    host::SystemProcesses().check(command, "cannot make a package for a test");
}

/// A package "greeting 1" for all architectures, whose archive of files `fill` makes with tar in an empty
/// folder.
class Package {
  public:
    explicit Package(const std::function<void(const fs::path& folder)>& fill) {
        const auto control = folder_.path() / "control";
        fs::create_directory(control);
        std::ofstream(control / "control") << "Package: greeting\nVersion: 1\nArchitecture: all\n"
                                              "Maintainer: T <t@example.org>\nDescription: made for a test\n";
        std::ofstream(folder_.path() / "debian-binary") << "2.0\n";
        const auto data = folder_.path() / "data";
        fs::create_directory(data);
        fill(data);
        run({"tar", "--create", "--file", "control.tar", "--directory", control.string(), "./control"},
            folder_.path());
        fs::rename(data / "data.tar", folder_.path() / "data.tar");
        run({"ar", "rc", "greeting.deb", "debian-binary", "control.tar", "data.tar"}, folder_.path());
    }

    fs::path file() const { return folder_.path() / "greeting.deb"; }

  private:
    test::TemporaryFolder folder_;
};

void add(const Package& package, const std::string& version = "1") {
    const test::AptWorld world;  // opens the library
    ArchiveCheck check;
    check.add({.file = package.file(), .name = "greeting", .version = version, .architecture = "all"});
    check.check_space();
}

/// tar of the file "f", with the name that `transform` makes of it.
std::function<void(const fs::path&)> renamed(const std::string& transform) {
    return [transform](const fs::path& folder) {
        std::ofstream(folder / "f") << "content";
        run({"tar", "--create", "--file", "data.tar", "--absolute-names", "--transform", transform, "./f"},
            folder);
    };
}

}  // namespace

TEST_CASE("a package that is what its index says passes") {
    CHECK_NOTHROW(add(Package(renamed("s|.*|./usr/share/greeting|"))));
}

TEST_CASE("another version than the index announces is refused") {
    CHECK_THROWS_WITH_AS(
        add(Package(renamed("s|.*|./usr/share/greeting|")), "2"),
        "cannot install greeting.deb: it is greeting 1 for all, and the repository's index says "
        "that it is greeting 2 for all",
        Error);
}

TEST_CASE("a file that would leave its place is refused") {
    CHECK_THROWS_WITH_AS(add(Package(renamed("s|.*|./usr/../../etc/f|"))),
                         doctest::Contains("etc/f would leave its place"), Error);
}

TEST_CASE("a file that would go through a link of the package is refused") {
    const Package package([](const fs::path& folder) {
        fs::create_directories(folder / "first/opt");
        fs::create_directories(folder / "second/opt/way");
        fs::create_symlink("/etc", folder / "first/opt/way");
        std::ofstream(folder / "second/opt/way/f") << "content";
        run({"tar", "--create", "--file", "data.tar", "--directory", "first", "./opt/way"}, folder);
        run({"tar", "--append", "--file", "data.tar", "--directory", "second", "./opt/way/f"}, folder);
    });
    CHECK_THROWS_WITH_AS(add(package), doctest::Contains("opt/way/f would go through its own link /opt/way"),
                         Error);
}

TEST_CASE("a hard link to a file outside of the package's place is refused") {
    const Package package([](const fs::path& folder) {
        std::ofstream(folder / "a") << "content";
        fs::create_hard_link(folder / "a", folder / "b");
        // The first is written as a file, the second as a link to it; the names of links are changed alone.
        run({"tar", "--create", "--file", "data.tar", "--absolute-names", "--transform",
             "s|^./a|./../etc/a|hRS", "./a", "./b"},
            folder);
    });
    CHECK_THROWS_WITH_AS(add(package), doctest::Contains("etc/a would leave its place"), Error);
}

TEST_CASE("what is no package is refused") {
    const test::TemporaryFolder folder;
    const test::AptWorld world;
    std::ofstream(folder.path() / "greeting.deb") << "noise";
    ArchiveCheck check;
    CHECK_THROWS_AS(check.add({.file = folder.path() / "greeting.deb",
                               .name = "greeting",
                               .version = "1",
                               .architecture = "all"}),
                    Error);
}
