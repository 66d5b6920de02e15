// Locks of apt and dpkg are waited for, saying who holds them.
#include "apt_helper/lock.h"

#include "apt_helper/library.h"
#include "error.h"
#include "host/clock.h"

#include <apt-pkg/configuration.h>
#include <apt-pkg/fileutl.h>
#include <spdlog/fmt/fmt.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/types.h>

#include <cerrno>
#include <fstream>
#include <optional>
#include <string>
#include <thread>

namespace dray::apt_helper {
namespace {

using Steady = std::chrono::steady_clock;

constexpr auto lock_poll =
    std::chrono::milliseconds(200);          // dpkg frees its lock between calls for tens of ms
constexpr std::size_t most_words = 6;        // more would show what a person typed in full
constexpr std::size_t longest_command = 80;  // a line of a log
constexpr mode_t lock_mode = 0640;           // as apt makes it

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

/// The first words of its command line: "apt-get -y upgrade". Empty when the process is gone.
std::string command_line(pid_t pid) {
    std::ifstream file(fmt::format("/proc/{}/cmdline", pid), std::ios::binary);
    std::string text;
    std::string word;
    for (std::size_t words = 0; words < most_words && std::getline(file, word, '\0'); ++words)
        text += (text.empty() ? "" : " ") + word;
    for (char& byte : text)
        if (static_cast<unsigned char>(byte) < ' ') byte = ' ';
    if (text.size() > longest_command) text = text.substr(0, longest_command) + "…";
    return text;
}

/// When the process began, as far as its folder in /proc tells: that is made with it.
std::string since_text(pid_t pid) {
    struct stat status {};
    if (::stat(fmt::format("/proc/{}", pid).c_str(), &status) != 0) return {};
    return ", since " + host::utc_text(std::chrono::system_clock::from_time_t(status.st_mtime));
}

/// "process 4711 (apt-get -y upgrade, since 2026-11-24T04:12:31Z)"; a process of another PID namespace has no
/// number here.
std::string process_text(pid_t pid) {
    if (pid <= 0) return "a process of another container";
    const auto command = command_line(pid);
    if (command.empty()) return fmt::format("process {}", pid);
    return fmt::format("process {} ({}{})", pid, command, since_text(pid));
}

host::Descriptor open_lock(const std::filesystem::path& path) {
    host::Descriptor file(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, lock_mode));
    if (!file) throw Error::system("cannot open the lock " + path.string(), errno);
    return file;
}

/// Calls `taken` until it says true.
template <typename Taken>
void poll(const host::Descriptor& file, const std::filesystem::path& path, std::chrono::seconds limit,
          Taken taken) {
    const auto deadline = Steady::now() + limit;
    pid_t announced = 0;
    while (!taken()) {
        const auto pid = holder(file, path);
        if (pid && Steady::now() >= deadline) {
            throw Error("cannot get the lock " + path.string(),
                        fmt::format("{} has held it for {} s", process_text(*pid), limit.count()),
                        "the next run tries again; removing the file would not help");
        }
        if (pid && *pid != announced) {
            announced = *pid;
            say(fmt::format("waiting for {}, held by {}", path.string(), process_text(*pid)));
        }
        std::this_thread::sleep_for(lock_poll);
    }
}

}  // namespace

void wait_until_free(const std::filesystem::path& lock, std::chrono::seconds limit) {
    // Looking must not make the file: a folder that is missing is apt's to complain of.
    const host::Descriptor file(::open(lock.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
    if (!file) return;
    poll(file, lock, limit, [&] { return !holder(file, lock); });
}

FrontendLock::FrontendLock(const std::filesystem::path& dpkg_folder, std::chrono::seconds limit) {
    const auto path = dpkg_folder / "lock-frontend";
    file_ = open_lock(path);
    poll(file_, path, limit, [&] {
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
