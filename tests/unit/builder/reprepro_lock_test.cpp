// Unit tests of the lock file that a reprepro of ours has left.
#include "builder/reprepro_lock.h"

#include "builder/scratch.h"
#include "files.h"

#include <doctest/doctest.h>

#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <string>

using namespace dray;
using namespace dray::builder;
using dray::test::content;
using dray::test::write;
namespace fs = std::filesystem;

namespace {

/// A base directory in which a run of ours has been killed, and a machine where no reprepro is at work: on
/// this one somebody's may be.
struct Base {
    Base() {
        write(processes / "1/stat", "1 (systemd) S 0\n");
        write(processes / "23/stat", "23 (reprepro) Z 1\n");
        fs::create_directory(folder.path() / "db");
        const RepreproLock run(folder.path());
        locked(std::chrono::seconds(0));
    }

    /// The lock file, made so much later than the note.
    void locked(std::chrono::seconds later) const {
        write(lock, "");
        fs::last_write_time(lock, fs::last_write_time(note) + later);
    }
    /// Whether it is still there while the next run is at work.
    bool stays() const { return stays(processes); }
    bool stays(const fs::path& on) const {
        const RepreproLock next(folder.path(), on);
        return fs::exists(lock);
    }

    Scratch folder;
    fs::path processes = folder.path() / "proc";
    fs::path lock = folder.path() / "db/lockfile";
    fs::path note = folder.path() / "db/lockfile.dray-build";
};

/// A program of the name reprepro, which sleeps until this object goes.
class Sleeper {
  public:
    explicit Sleeper(const fs::path& folder) {
        fs::copy_file("/bin/sleep", folder / "reprepro");
        std::array<int, 2> started{};
        REQUIRE(::pipe2(started.data(), O_CLOEXEC) == 0);
        process_ = ::fork();
        if (process_ == 0) {
            ::execl((folder / "reprepro").c_str(), "sleep", "60", nullptr);
            ::_exit(1);
        }
        ::close(started[1]);
        char none = 0;
        CHECK(::read(started[0], &none, 1) == 0);  // exec has closed the other end
        ::close(started[0]);
    }
    ~Sleeper() {
        ::kill(process_, SIGKILL);
        ::waitpid(process_, nullptr, 0);
    }
    Sleeper(const Sleeper&) = delete;
    Sleeper& operator=(const Sleeper&) = delete;

  private:
    pid_t process_ = -1;
};

/// Where a machine has no name of its own, no lock file is removed.
bool can_be_told() {
    return !content("/etc/machine-id").empty();
}

}  // namespace

TEST_CASE("a lock file that a reprepro of ours has left is removed") {
    if (!can_be_told()) return;
    const Base base;
    CHECK(fs::exists(base.note));
    CHECK(!base.stays());
    CHECK(!fs::exists(base.note));
}

TEST_CASE("a lock file stays while some reprepro is at work, and so does the note of it") {
    if (!can_be_told()) return;
    const Base base;
    base.locked(std::chrono::seconds(1));
    {
        const Sleeper sleeper(base.folder.path());
        CHECK(base.stays("/proc"));
    }
    CHECK(fs::exists(base.note));
    CHECK(!base.stays());
}

TEST_CASE("a lock file that was there before a run of ours is somebody's") {
    if (!can_be_told()) return;
    const Base base;
    base.locked(std::chrono::seconds(-1));
    CHECK(base.stays());
    CHECK(!fs::exists(base.note));
    CHECK(base.stays());
}

TEST_CASE("a lock file that is there when reprepro has ended by itself is somebody else's") {
    if (!can_be_told()) return;
    const Base base;
    CHECK(!base.stays());
    {
        RepreproLock run(base.folder.path());
        base.locked(std::chrono::seconds(0));  // by a reprepro elsewhere, which ours has met
        run.ended();
    }
    CHECK(!fs::exists(base.note));
    CHECK(base.stays());
}

TEST_CASE("the note of an earlier run outlives one that has only met its lock file") {
    if (!can_be_told()) return;
    const Base base;
    base.locked(std::chrono::seconds(1));
    {
        write(base.processes / "42/stat", "42 (reprepro) S 1\n");
        RepreproLock run(base.folder.path(), base.processes);
        run.ended();
    }
    fs::remove_all(base.processes / "42");
    CHECK(!base.stays());
}

TEST_CASE("who sees no processes removes no lock file") {
    const Base base;
    fs::remove_all(base.processes);
    CHECK(base.stays());
}

TEST_CASE("a lock file is another machine's when the note is") {
    if (!can_be_told()) return;
    const Base base;
    write(base.note, "0123456789abcdef0123456789abcdef\n");
    base.locked(std::chrono::seconds(1));
    CHECK(base.stays());
}

TEST_CASE("the note of a run that ends goes with it, and does not tell the ID of the machine") {
    if (!can_be_told()) return;
    const Base base;
    CHECK(!base.stays());
    {
        const RepreproLock run(base.folder.path());
        CHECK(content(base.note).size() > 1);
        CHECK(content(base.note).find(content("/etc/machine-id").substr(0, 8)) == std::string::npos);
    }
    CHECK(!fs::exists(base.note));
}
