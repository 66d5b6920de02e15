// What apt's answers rest on, told from what it was at another time.
#include "host/apt_fingerprint.h"

#include "digest.h"
#include "error.h"
#include "host/descriptor.h"

#include <spdlog/fmt/fmt.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <optional>
#include <system_error>
#include <thread>

namespace dray::host {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t nanoseconds = 1'000'000'000;
// Configuration and keyrings are far smaller; reading them takes less than a millisecond in sum.
constexpr std::int64_t largest_content = 256 << 10;
// Some file systems keep whole seconds, FAT every second one.
constexpr std::int64_t coarse_tick = 2 * nanoseconds;

std::int64_t in_ns(const timespec& time) {
    return time.tv_sec * nanoseconds + time.tv_nsec;
}

/// The content of a small file; nothing when it cannot be read whole.
std::optional<std::string> content(const fs::path& path, std::int64_t size) {
    const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
    if (!file) return std::nullopt;
    std::string text(static_cast<std::size_t>(size) + 1, '\0');  // one more, to see that it has not grown
    std::size_t done = 0;
    while (done < text.size()) {
        const auto count = ::read(file.get(), text.data() + done, text.size() - done);
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return std::nullopt;
        if (count == 0) break;
        done += static_cast<std::size_t>(count);
    }
    if (done > static_cast<std::size_t>(size)) return std::nullopt;
    text.resize(done);
    return text;
}

/// Writes down what is there, for one subject.
class Description {
  public:
    Description(const AptWatched& watched, std::int64_t& newest)
        : by_content_(watched.by_content), newest_(newest) {
        for (const auto& path : watched.paths)
            add(path, true);
    }

    std::string digest() const { return sha256(text_); }

  private:
    void add(const fs::path& path, bool enter) {
        struct stat status {};
        text_ += path.native();
        text_ += '\0';
        if (::lstat(path.c_str(), &status) != 0) return add_missing(path);
        if (S_ISLNK(status.st_mode)) {
            std::error_code ignored;  // a link that is gone by now is missing below
            note("link", status, !by_content_);
            text_ += fs::read_symlink(path, ignored).native();
            text_ += '\0';
            if (::stat(path.c_str(), &status) != 0) return add_missing(path);
        }
        if (S_ISDIR(status.st_mode)) return enter ? add_folder(path, status) : note("folder", status, false);
        add_file(path, status);
    }

    void add_missing(const fs::path& path) {
        if (errno != ENOENT && errno != ENOTDIR && errno != ELOOP)
            throw Error::system("cannot look at " + path.string(), errno);
        text_ += "missing\n";
    }

    void add_folder(const fs::path& path, const struct stat& status) {
        // A folder's own times change when a file comes or goes, which is seen by the list of its files.
        note("folder", status, false);
        std::vector<fs::path> entries;
        std::error_code error;
        for (fs::directory_iterator entry(path, error), end; !error && entry != end; entry.increment(error))
            entries.push_back(entry->path());
        if (error) throw Error("cannot list " + path.string(), error.message());
        std::sort(entries.begin(), entries.end());
        for (const auto& entry : entries)
            add(entry, false);
    }

    void add_file(const fs::path& path, const struct stat& status) {
        if (by_content_ && S_ISREG(status.st_mode) && status.st_size <= largest_content) {
            if (const auto found = content(path, status.st_size)) {
                note("file", status, false);
                text_ += sha256(*found) + "\n";
                return;
            }
        }
        note("file", status);
    }

    void note(const char* what, const struct stat& status, bool identity = true) {
        text_ += fmt::format("{} {:o} {} {}", what, status.st_mode, status.st_uid, status.st_gid);
        if (identity || by_content_) newest_ = std::max(newest_, in_ns(status.st_ctim));
        if (identity) {
            text_ += fmt::format(" {} {} {} {} {}", status.st_dev, status.st_ino, status.st_size,
                                 in_ns(status.st_mtim), in_ns(status.st_ctim));
        }
        text_ += '\n';
    }

    bool by_content_;
    std::int64_t& newest_;
    std::string text_;
};

/// Whether a change from `now` on would get another time than the newest one.
bool is_settled(std::int64_t newest, std::int64_t now) {
    if (newest > now + coarse_tick) return true;  // the clock was set back: no change is given that time soon
    return newest % nanoseconds == 0 ? now >= newest + coarse_tick : now > newest;
}

}  // namespace

AptFingerprint apt_fingerprint(const std::vector<AptWatched>& watched) {
    AptFingerprint found;
    for (const auto& each : watched) {
        auto& newest = each.by_content ? found.newest_by_content : found.newest_by_identity;
        found.digests[each.subject] = Description(each, newest).digest();
    }
    return found;
}

AptFingerprint settled_fingerprint(const std::vector<AptWatched>& watched) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::nanoseconds(coarse_tick) * 2;
    for (;;) {
        const auto now = file_clock();  // before the look, which takes a while
        auto found = apt_fingerprint(watched);
        if (is_settled(found.newest_by_identity, now) || std::chrono::steady_clock::now() > deadline)
            return found;
        wait_for_next_tick();
    }
}

std::int64_t file_clock() {
    timespec now{};
    ::clock_gettime(CLOCK_REALTIME_COARSE, &now);
    return in_ns(now);
}

void wait_for_next_tick() {
    timespec tick{};
    ::clock_getres(CLOCK_REALTIME_COARSE, &tick);
    // Never zero, so that a clock that is set meanwhile is no reason to wait longer.
    std::this_thread::sleep_for(std::chrono::nanoseconds(in_ns(tick)) + std::chrono::milliseconds(1));
}

std::vector<std::string> changed_subjects(const AptFingerprint& before, const AptFingerprint& now) {
    std::vector<std::string> subjects;
    for (const auto& [subject, digest] : now.digests) {
        const auto found = before.digests.find(subject);
        if (found == before.digests.end() || found->second != digest) subjects.push_back(subject);
    }
    for (const auto& [subject, digest] : before.digests)
        if (!now.digests.contains(subject)) subjects.push_back(subject);
    return subjects;
}

}  // namespace dray::host
