// The run lock.
#include "converge/run_lock.h"

#include "error.h"
#include "host/interrupt.h"

#include <spdlog/spdlog.h>

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <fstream>
#include <thread>
#include <utility>

namespace dray::converge {
namespace {

using namespace std::chrono_literals;
constexpr auto lock_poll = 100ms;  // ten looks a second cost nothing, and a person does not notice the delay

}  // namespace

std::optional<RunLock> RunLock::take(const std::filesystem::path& file, bool wait) {
    const auto attempt = "cannot take the run lock " + file.string();
    std::error_code code;
    std::filesystem::create_directories(file.parent_path(), code);
    if (code) throw Error(attempt, code.message(), "run dray as root");
    RunLock lock(::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
    if (lock.descriptor_ < 0) throw Error::system(attempt, errno, "run dray as root");
    bool told = false;
    while (::flock(lock.descriptor_, LOCK_EX | LOCK_NB) != 0) {
        if (errno != EWOULDBLOCK && errno != EINTR) throw Error::system(attempt, errno);
        if (!wait) return std::nullopt;
        if (!std::exchange(told, true))
            spdlog::info("another run is under way: waiting until {} lets go of {}", lock_holder(file),
                         file.string());
        host::throw_if_interrupted();
        std::this_thread::sleep_for(lock_poll);
    }
    const auto pid = std::to_string(::getpid()) + "\n";
    if (::ftruncate(lock.descriptor_, 0) != 0 ||
        ::pwrite(lock.descriptor_, pid.data(), pid.size(), 0) != static_cast<ssize_t>(pid.size()))
        throw Error::system(attempt, errno, "make room on the file system of /run");
    return lock;
}

RunLock::RunLock(RunLock&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}

RunLock& RunLock::operator=(RunLock&& other) noexcept {
    std::swap(descriptor_, other.descriptor_);
    return *this;
}

RunLock::~RunLock() {
    if (descriptor_ >= 0) ::close(descriptor_);
}

std::string lock_holder(const std::filesystem::path& file) {
    std::ifstream stream(file);
    long pid = 0;
    return stream >> pid && pid > 0 ? "process " + std::to_string(pid) : "another process";
}

}  // namespace dray::converge
