// Locks of apt and dpkg are waited for, saying who holds them.
#include "apt_helper/lock.h"

#include "apt_helper/library.h"
#include "apt_helper/lock_holder.h"
#include "error.h"

#include <apt-pkg/configuration.h>
#include <apt-pkg/fileutl.h>
#include <spdlog/fmt/fmt.h>

#include <fcntl.h>
#include <sys/types.h>

#include <cerrno>
#include <optional>
#include <string>
#include <string_view>
#include <thread>

namespace dray::apt_helper {
namespace {

using Steady = std::chrono::steady_clock;

constexpr auto lock_poll =
    std::chrono::milliseconds(200);  // dpkg frees its lock between calls for tens of ms
// What libapt says of a lock that somebody else has; every other complaint is not worth another try.
constexpr std::string_view held_by_another = "Could not get lock";
constexpr mode_t lock_mode = 0640;  // as apt makes it

struct flock whole_file() {
    struct flock range {};
    range.l_type = F_WRLCK;
    range.l_whence = SEEK_SET;
    return range;
}

/// The process that holds the lock; nothing when it is free.
std::optional<pid_t> holder(const host::Descriptor& file, const std::filesystem::path& path) {
    auto range = whole_file();
    if (::fcntl(file.get(), F_GETLK, &range) != 0)
        throw Error::system("cannot look at the lock " + path.string(), errno);
    if (range.l_type == F_UNLCK) return std::nullopt;
    return range.l_pid;
}

host::Descriptor open_lock(const std::filesystem::path& path) {
    host::Descriptor file(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, lock_mode));
    if (!file) throw Error::system("cannot open the lock " + path.string(), errno);
    return file;
}

/// Calls `taken` until it says true.
template <typename Taken>
void poll(const host::Descriptor& file, const std::filesystem::path& path, LockPatience& patience,
          Taken taken) {
    pid_t announced = 0;
    while (!taken()) {
        const auto pid = holder(file, path);
        if (pid && patience.ended()) {
            throw Error("cannot get the lock " + path.string(),
                        fmt::format("{} holds it, and locks have been waited for {} s", process_text(*pid),
                                    patience.limit().count()),
                        "the next run tries again; removing the file would not help");
        }
        if (pid && *pid != announced) {
            announced = *pid;
            say(fmt::format("waiting for {}, held by {}", path.string(), process_text(*pid)));
        }
        patience.pause();
    }
}

/// Waits until no other process holds `lock`. It is not taken, and somebody may be quicker.
void wait_until_free(const std::filesystem::path& lock, LockPatience& patience) {
    // Looking must not make the file: a folder that is missing is apt's to complain of.
    const host::Descriptor file(::open(lock.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
    if (!file) return;
    poll(file, lock, patience, [&] { return !holder(file, lock); });
}

}  // namespace

void LockPatience::pause() {
    const auto begun = Steady::now();
    std::this_thread::sleep_for(lock_poll);
    left_ -= Steady::now() - begun;
}

void lock_by_libapt(const std::vector<std::filesystem::path>& locks, LockPatience& patience,
                    const std::string& attempt, const std::function<bool()>& take) {
    for (;;) {
        for (const auto& lock : locks)
            wait_until_free(lock, patience);
        if (take()) return;
        const auto errors = silent_errors();
        if (errors.find(held_by_another) == std::string::npos)
            throw Error(attempt, errors.empty() ? no_words : errors, "the next run tries again");
        patience.pause();
    }
}

FrontendLock::FrontendLock(const std::filesystem::path& dpkg_folder, LockPatience& patience) {
    const auto path = dpkg_folder / "lock-frontend";
    file_ = open_lock(path);
    poll(file_, path, patience, [&] {
        auto range = whole_file();
        if (::fcntl(file_.get(), F_SETLK, &range) == 0) return true;
        if (errno == EACCES || errno == EAGAIN) return false;
        throw Error::system("cannot lock " + path.string(), errno);
    });
}

std::filesystem::path dpkg_folder() {
    return flNotFile(_config->FindFile("Dir::State::status"));
}

}  // namespace dray::apt_helper
