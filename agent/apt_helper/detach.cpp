// Work that must not be cut short runs in a session of its own, and its log is passed on as it grows.
#include "apt_helper/detach.h"

#include "error.h"

#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <fstream>
#include <iostream>
#include <sstream>
#include <thread>

namespace dray::apt_helper {
namespace {

constexpr auto log_poll = std::chrono::milliseconds(100);  // a person watching takes it for at once

/// Copies what has been added to the log since the last call.
void pass_on(const std::filesystem::path& log, std::streamoff& position) {
    std::ifstream file(log, std::ios::binary);
    if (!file.seekg(position)) return;
    std::ostringstream added;
    added << file.rdbuf();
    const std::string text = added.str();
    position += static_cast<std::streamoff>(text.size());
    std::cout << text << std::flush;
}

}  // namespace

int run_detached(const std::filesystem::path& log, const std::function<int()>& work) {
    const pid_t child = ::fork();
    if (child < 0) throw Error::system("cannot start a session for dpkg", errno);
    if (child == 0) {
        ::setsid();
        ::_exit(work());
    }
    std::streamoff position = 0;
    for (;;) {
        int status = 0;
        const pid_t ended = ::waitpid(child, &status, WNOHANG);
        if (ended < 0 && errno != EINTR) throw Error::system("cannot wait for the session of dpkg", errno);
        pass_on(log, position);
        if (ended == child) return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
        std::this_thread::sleep_for(log_poll);
    }
}

}  // namespace dray::apt_helper
