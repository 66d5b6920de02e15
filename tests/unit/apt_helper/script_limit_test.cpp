// A script that hangs is ended, and dpkg goes on.
#include "apt_helper/script_limit.h"

#include "host/temporary_folder.h"

#include <doctest/doctest.h>

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <string>
#include <thread>

using dray::apt_helper::ScriptWatch;
using namespace std::chrono_literals;

namespace {

/// A shell of that name that waits for a script; it ends with what the script ended with.
class Waiting {
  public:
    Waiting(const std::filesystem::path& folder, const std::string& name, const std::string& script) {
        const auto program = folder / name;
        std::filesystem::copy_file("/bin/sh", program, std::filesystem::copy_options::overwrite_existing);
        pid_ = ::fork();
        if (pid_ == 0) {
            ::setpgid(0, 0);
            ::execl(program.c_str(), name.c_str(), "-c", ("sh -c '" + script + "'; exit $?").c_str(),
                    nullptr);
            ::_exit(127);
        }
        while (!std::filesystem::exists(folder / "ready"))
            std::this_thread::sleep_for(1ms);
        std::filesystem::remove(folder / "ready");
    }
    ~Waiting() {
        if (pid_ != 0) ::kill(-pid_, SIGKILL);
    }
    Waiting(const Waiting&) = delete;
    Waiting& operator=(const Waiting&) = delete;

    bool has_ended() {
        if (::waitpid(pid_, &status_, WNOHANG) != pid_) return false;
        pid_ = 0;
        return true;
    }
    /// Its exit status.
    int wait() {
        ::waitpid(pid_, &status_, 0);
        pid_ = 0;
        return WIFEXITED(status_) ? WEXITSTATUS(status_) : -1;
    }

  private:
    pid_t pid_ = 0;
    int status_ = 0;
};

std::string hanging(const std::filesystem::path& folder) {
    return "touch " + (folder / "ready").string() + "; sleep 1000 & wait; sleep 1000";
}

}  // namespace

TEST_CASE("what dpkg waits for too long is ended, and dpkg is not") {
    const dray::test::TemporaryFolder folder;
    Waiting dpkg(folder.path(), "dpkg", hanging(folder.path()));
    ScriptWatch watch(50ms);
    watch.look();
    CHECK_FALSE(dpkg.has_ended());
    std::this_thread::sleep_for(60ms);
    watch.look();
    CHECK(dpkg.wait() == 128 + SIGTERM);
}

TEST_CASE("each step has the whole time") {
    const dray::test::TemporaryFolder folder;
    Waiting dpkg(folder.path(), "dpkg", hanging(folder.path()));
    ScriptWatch watch(10s);
    watch.begin_step();
    watch.look();
    CHECK_FALSE(dpkg.has_ended());
}

TEST_CASE("others are left alone") {
    const dray::test::TemporaryFolder folder;
    Waiting other(folder.path(), "other", hanging(folder.path()));
    ScriptWatch watch(0ms);
    watch.look();
    std::this_thread::sleep_for(100ms);
    CHECK_FALSE(other.has_ended());
}
