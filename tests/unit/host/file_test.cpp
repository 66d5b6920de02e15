// What only a real file system can do wrong, or somebody on it.
#include "host/file.h"

#include "error.h"
#include "temporary_folder.h"

#include <doctest/doctest.h>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <fstream>
#include <functional>
#include <iterator>

using dray::Error;
using dray::host::FileType;
using dray::host::Ownership;
using dray::host::SystemFiles;
using dray::test::TemporaryFolder;

namespace {

const bool is_root = ::geteuid() == 0;
constexpr uid_t nobody = 65534;

Ownership mode(dray::host::Mode bits) {
    return {.owner = {}, .group = {}, .mode = bits};
}

std::string cause_of(const std::function<void()>& action) {
    try {
        action();
    } catch (const Error& error) {
        return error.parts().cause;
    }
    return "no error";
}

void touch(const std::filesystem::path& path) {
    std::ofstream file(path);
    file << "x";
}

}  // namespace

TEST_CASE("a mode is written as four octal digits") {
    CHECK(dray::host::mode_text(0640) == "0640");
    CHECK(dray::host::mode_text(04755) == "4755");
    CHECK(dray::host::mode_text(0) == "0000");
}

TEST_CASE("what is neither file nor link is neither read nor replaced") {
    const TemporaryFolder folder;
    SystemFiles files;
    const auto fifo = folder.path() / "fifo";
    REQUIRE(::mkfifo(fifo.c_str(), 0600) == 0);
    CHECK(files.status(fifo)->type == FileType::other);
    CHECK(cause_of([&] { files.write(fifo, "x", mode(0644)); }) ==
          "what is there is neither a file nor a link");
    CHECK(cause_of([&] { files.make_link(fifo, "/x"); }) == "what is there is neither a file nor a link");
    CHECK(cause_of([&] { files.set_ownership(fifo, mode(0644)); }) == "it is neither a file nor a folder");
    // Would wait for a writer for ever if it were opened carelessly.
    CHECK(cause_of([&] { files.read(fifo, 100); }) == "it is not a regular file");
    files.remove(fifo);
    CHECK_FALSE(files.status(fifo));
}

TEST_CASE("files that say they are empty are read to their end") {
    CHECK(SystemFiles().read("/proc/self/status", 1 << 20)->find("Pid:") != std::string::npos);
    CHECK_THROWS_AS(SystemFiles().read("/proc/self/status", 10), Error);
}

TEST_CASE("a write that fails leaves the old file and nothing else") {
    const TemporaryFolder folder;
    SystemFiles files;
    files.write(folder.path() / "f", "old", mode(0600));
    // In a child, since a limit on file sizes cannot be taken back by everybody; SIGXFSZ is what tells of it.
    const pid_t child = ::fork();
    if (child == 0) {
        ::signal(SIGXFSZ, SIG_IGN);
        const rlimit limit{.rlim_cur = 10, .rlim_max = 10};
        ::setrlimit(RLIMIT_FSIZE, &limit);
        const bool failed = cause_of([&] {
                                files.write(folder.path() / "f", std::string(100, 'x'), mode(0600));
                            }) == "File too large";
        ::_exit(failed ? 0 : 1);
    }
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    CHECK(status == 0);
    CHECK(files.read(folder.path() / "f", 100) == "old");
    CHECK(files.list(folder.path()) == std::vector<std::string>{"f"});
}

TEST_CASE("a write that is not waited for puts the same file there, whole or not at all") {
    const TemporaryFolder folder;
    SystemFiles files;
    const auto path = folder.path() / "f";
    files.write(path, "old", mode(0600));
    const auto before = files.status(path);
    files.write_unsynced(path, "new", mode(0640));
    const auto after = files.status(path);
    REQUIRE((before && after));
    CHECK(after->inode != before->inode);
    CHECK(after->mode == 0640);
    CHECK(files.read(path) == "new");
    CHECK(files.list(folder.path()) == std::vector<std::string>{"f"});
    std::filesystem::create_directory(folder.path() / "d");
    CHECK(cause_of([&] { files.write_unsynced(folder.path() / "d", "x", mode(0600)); }) == "Is a directory");
}

TEST_CASE("room that is kept is on the disk, all of it or nothing") {
    const TemporaryFolder folder;
    SystemFiles files;
    constexpr std::uint64_t size = 1'000'000;
    files.reserve(folder.path() / "room", size);
    struct stat status {};
    REQUIRE(::stat((folder.path() / "room").c_str(), &status) == 0);
    CHECK(static_cast<std::uint64_t>(status.st_blocks) * 512 >= size);
    CHECK(cause_of([&] { files.reserve(folder.path() / "more", 1ULL << 60U); }) == "No space left on device");
    CHECK(files.list(folder.path()) == std::vector<std::string>{"room"});
}

TEST_CASE("what a killed write left behind goes with the next write, and nothing else does") {
    const TemporaryFolder folder;
    SystemFiles files;
    touch(folder.path() / ".f.dray-abc123");
    std::filesystem::create_symlink("/x", folder.path() / ".f.dray-link00");
    for (const char* const name : {".f.dray-abc1234", ".f.dray-abc", ".g.dray-abc123", "f.dray-abc123"})
        touch(folder.path() / name);
    std::filesystem::create_directory(folder.path() / ".f.dray-folder");
    files.write(folder.path() / "f", "x", mode(0644));
    CHECK(files.list(folder.path()) == std::vector<std::string>{".f.dray-abc", ".f.dray-abc1234",
                                                                ".f.dray-folder", ".g.dray-abc123", "f",
                                                                "f.dray-abc123"});
}

TEST_CASE("what another writer is still writing is left alone") {
    const TemporaryFolder folder;
    const auto path = folder.path() / ".f.dray-abc123";
    const int writer = ::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    REQUIRE(::flock(writer, LOCK_EX) == 0);
    SystemFiles().write(folder.path() / "f", "x", mode(0644));
    CHECK(std::filesystem::exists(path));
    ::close(writer);
}

TEST_CASE("the longest names can be written") {
    const TemporaryFolder folder;
    SystemFiles files;
    const auto path = folder.path() / std::string(255, 'n');
    files.write(path, "x", mode(0644));
    files.write(path, "y", mode(0644));
    CHECK(files.read(path, 10) == "y");
    CHECK(files.list(folder.path()).size() == 1);
    CHECK(cause_of([&] { files.write(folder.path() / std::string(256, 'n'), "x", mode(0644)); }) ==
          "File name too long");
}

TEST_CASE("no descriptor stays open") {
    const TemporaryFolder folder;
    SystemFiles files;
    const auto count = [] { return std::distance(std::filesystem::directory_iterator("/proc/self/fd"), {}); };
    const auto before = count();
    files.make_directory(folder.path() / "a/b", mode(0755), true);
    files.write(folder.path() / "a/b/f", "x", mode(0644));
    cause_of([&] { files.write(folder.path() / "a/b", "x", mode(0644)); });
    cause_of([&] {
        files.write(folder.path() / "a/b/f", "x", {.owner = "no-such-user", .group = {}, .mode = 0});
    });
    files.list(folder.path());
    files.read(folder.path() / "a/b/f", 10);
    files.make_link(folder.path() / "l", "a");
    files.status(folder.path() / "l/b/f");
    files.remove(folder.path() / "l");
    CHECK(count() == before);
}

TEST_CASE("somebody else's link among the parents is refused and named" * doctest::skip(!is_root)) {
    const TemporaryFolder folder;
    SystemFiles files;
    std::filesystem::create_directory(folder.path() / "real");
    const auto link = folder.path() / "planted";
    REQUIRE(::symlink("real", link.c_str()) == 0);
    REQUIRE(::lchown(link.c_str(), nobody, nobody) == 0);
    for (const auto& action : std::vector<std::function<void()>>{
             [&] { files.status(link / "f"); }, [&] { files.read(link / "f", 10); },
             [&] { files.list(link / "d"); }, [&] { files.write(link / "f", "x", mode(0644)); },
             [&] { files.remove(link / "f"); }, [&] { files.make_directory(link / "d", mode(0755), true); }})
        CHECK(cause_of(action).find("is a symbolic link of user nobody") != std::string::npos);
    CHECK(std::filesystem::is_empty(folder.path() / "real"));
    CHECK(files.status(link)->type == FileType::link);
    // As the last component it is replaced, never followed.
    files.write(link, "x", mode(0644));
    CHECK(std::filesystem::is_empty(folder.path() / "real"));
}

TEST_CASE("a replaced file keeps its owner unless another is named" * doctest::skip(!is_root)) {
    const TemporaryFolder folder;
    SystemFiles files;
    const auto path = folder.path() / "f";
    files.write(path, "x", {.owner = "nobody", .group = "nogroup", .mode = 04755});
    CHECK(files.status(path)->owner == "nobody");
    CHECK(files.status(path)->mode == 04755);
    files.write(path, "y", mode(0600));
    CHECK(files.status(path)->owner == "nobody");
    CHECK(files.status(path)->group == "nogroup");
    files.set_ownership(path, {.owner = "4711", .group = "0", .mode = 06750});
    CHECK(files.status(path)->owner == "4711");
    CHECK(files.status(path)->group == "root");
    CHECK(files.status(path)->mode == 06750);
}

TEST_CASE("files cannot be given away without root" * doctest::skip(is_root)) {
    const TemporaryFolder folder;
    SystemFiles files;
    CHECK(cause_of([&] {
              files.write(folder.path() / "f", "x", {.owner = "root", .group = {}, .mode = 0644});
          }) == "Operation not permitted");
    CHECK(files.list(folder.path()).empty());
}

TEST_CASE("a new file in a set-group-ID folder is still ours" * doctest::skip(!is_root)) {
    const TemporaryFolder folder;
    SystemFiles files;
    files.make_directory(folder.path() / "d", {.owner = {}, .group = "nogroup", .mode = 02775});
    files.write(folder.path() / "d/f", "x", mode(0644));
    CHECK(files.status(folder.path() / "d/f")->group == "root");
}
