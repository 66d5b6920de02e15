// What a download says of itself, as lines of the log, and what of it is remembered.
#include "apt_helper/acquire_log.h"

#include "apt_helper/disk_space.h"
#include "apt_helper/library.h"
#include "duration.h"
#include "host/apt_progress.h"

#include <apt-pkg/acquire-item.h>
#include <apt-pkg/acquire-worker.h>
#include <apt-pkg/configuration.h>
#include <apt-pkg/strutl.h>
#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <cstdint>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string_view>
#include <utility>

namespace dray::apt_helper {
namespace {

namespace fs = std::filesystem;

constexpr auto telling_interval = std::chrono::seconds(1);
constexpr int stall_limit_seconds = 120;     // a busy server may pause, and its kernel may try again
constexpr int longest_release = 10'000'000;  // as libapt has it
constexpr int header_lines = 100;            // the fields of a release file stand above its hashes

/// The method that looks at signatures is named by the URI: gpgv, or sqv from apt 3.0 on.
bool is_about_signature(const pkgAcquire::ItemDesc& item) {
    return item.URI.starts_with("gpgv:") || item.URI.starts_with("sqv:");
}

/// The date that a release file gives itself: as it stands there, and in seconds since 1970.
std::optional<std::pair<std::string, std::time_t>> release_date(const fs::path& path) {
    std::ifstream file(path);
    std::string line;
    for (int number = 0; number < header_lines && std::getline(file, line); ++number) {
        if (!line.starts_with("Date: ")) continue;
        std::time_t date = 0;
        const std::string text = line.substr(6);
        if (RFC1123StrToTime(text, date)) return std::pair(text, date);
    }
    return std::nullopt;
}

bool is_remote(std::string_view uri) {
    return uri.starts_with("http://") || uri.starts_with("https://");
}

/// How long a file may be: what its index says, or of a release file apt.conf(5); 0 is any length.
unsigned long long most_bytes(unsigned long long announced, const fs::path& file) {
    if (announced != 0 || file.filename().string().find("Release") == std::string::npos) return announced;
    return static_cast<unsigned long long>(_config->FindI("Acquire::MaxReleaseFileSize", longest_release));
}

}  // namespace

AcquireLog::AcquireLog(std::chrono::seconds limit)
    : limit_(limit), stall_limit_(_config->FindI("Dray::Stall-Limit", stall_limit_seconds)) {}

std::string AcquireLog::older_release(const pkgAcquire::Item& item) const {
    const auto found = older_.find(&item);
    return found == older_.end() ? std::string() : found->second;
}

/// A release file lies in the folder `partial` until its signature has been looked at, with the one that apt
/// has in the folder above.
void AcquireLog::Done(pkgAcquire::ItemDesc& item) {
    const fs::path path = item.Owner->DestFile;
    if (path.parent_path().filename() != "partial" || !path.filename().string().ends_with("Release")) return;
    const auto offered = release_date(path);
    const auto known = release_date(path.parent_path().parent_path() / path.filename());
    if (!offered || !known || offered->second >= known->second) return;
    older_[item.Owner] = fmt::format("it offers its state of {}, and this host has seen that of {} already",
                                     offered->first, known->first);
}

bool AcquireLog::MediaChange(std::string media, std::string drive) {
    say(fmt::format("the medium \"{}\" is not in {}", media, drive));
    return false;  // nobody is there to change it
}

void AcquireLog::IMSHit(pkgAcquire::ItemDesc& item) {
    say("unchanged: " + item.Description);
}

void AcquireLog::Fetch(pkgAcquire::ItemDesc& item) {
    if (item.Owner->Complete) return;
    const auto size = item.Owner->FileSize;
    say(size == 0 ? "get: " + item.Description
                  : fmt::format("get: {} [{}B]", item.Description, SizeToStr(static_cast<double>(size))));
}

void AcquireLog::Fail(pkgAcquire::ItemDesc& item) {
    if (is_about_signature(item)) refused_.insert(item.Owner);
    const bool passed_over =
        item.Owner->Status == pkgAcquire::Item::StatDone || item.Owner->Status == pkgAcquire::Item::StatIdle;
    say(fmt::format("{}: {} {}", passed_over ? "passed over" : "failed", item.Description,
                    item.Owner->ErrorText));
}

bool AcquireLog::Pulse(pkgAcquire* owner) {
    pkgAcquireStatus::Pulse(owner);
    const auto now = std::chrono::steady_clock::now();
    if (now - told_ >= telling_interval) {
        const auto brought = CurrentBytes > told_bytes_ ? CurrentBytes - told_bytes_ : 0;
        const std::chrono::duration<double> time = now - told_;
        rate_ = static_cast<std::int64_t>(static_cast<double>(brought) / time.count());
        told_ = now;
        told_bytes_ = CurrentBytes;
        telling_ = true;
        tell();
    }
    judge_rate(now);
    judge_sizes(*owner);
    if (now - started_ > limit_) why_ = fmt::format("it has not ended within {}", duration_text(limit_));
    gave_up_ = !why_.empty();
    if (gave_up_) {
        // libapt would put a new release file among its lists, and leave the indexes that it names.
        for (auto item = owner->ItemsBegin(); item != owner->ItemsEnd(); ++item) {
            if ((*item)->Status != pkgAcquire::Item::StatIdle &&
                (*item)->Status != pkgAcquire::Item::StatFetching)
                continue;
            (*item)->Status = pkgAcquire::Item::StatTransientNetworkError;
            cut_off_.insert(*item);
        }
    }
    return !gave_up_;
}

/// libapt's http method stops at the most that a file may have only when the server has told its length.
void AcquireLog::judge_sizes(pkgAcquire& owner) {
    for (auto* worker = owner.WorkersBegin(); worker != nullptr; worker = owner.WorkerStep(worker)) {
        const auto* const item = worker->CurrentItem;
        // What is unpacked from a file that has come ("store:…") may be longer than that.
        if (item == nullptr || !is_remote(item->URI)) continue;
        const auto most = most_bytes(item->GetMaximumSize(), item->Owner->DestFile);
        if (most == 0 || item->CurrentSize <= most) continue;
        too_long_.insert(item->Owner);
        why_ = fmt::format("a server sends more than {}, the most that the file may have",
                           host::bytes_text(static_cast<std::int64_t>(most)));
    }
}

/// A window of time ends when enough has come in it, and the next one begins.
void AcquireLog::judge_rate(std::chrono::steady_clock::time_point now) {
    const auto window = std::chrono::duration_cast<std::chrono::seconds>(now - window_begun_);
    if (window < stall_limit_ || size_unknown()) return;
    const auto wanted = slowest * static_cast<std::uint64_t>(window.count());
    // What is begun anew, from another server say, counts anew.
    const auto brought = CurrentBytes >= window_bytes_ ? CurrentBytes - window_bytes_ : CurrentBytes;
    // When all is here it is being looked at, which takes its time, too.
    if (CurrentBytes < TotalBytes && brought < wanted)
        why_ = fmt::format("the server sends less than {}/s", host::bytes_text(slowest));
    window_begun_ = now;
    window_bytes_ = CurrentBytes;
}

void AcquireLog::Stop() {
    pkgAcquireStatus::Stop();
    if (telling_ && !gave_up_) tell();
}

/// libapt counts the bytes of files only when it knows the size of one of them at least.
bool AcquireLog::size_unknown() const {
    return TotalBytes <= TotalItems;
}

void AcquireLog::tell() {
    if (size_unknown()) return;
    const auto done = static_cast<std::int64_t>(CurrentBytes);
    const auto total = static_cast<std::int64_t>(TotalBytes);
    say(host::progress_line({.percent = static_cast<int>(std::min<std::int64_t>(100, done * 100 / total)),
                             .words = host::download_words(done, total, rate_)}));
}

std::string public_uri(const std::string& uri) {
    ::URI parts(uri);
    parts.User.clear();
    parts.Password.clear();
    return parts;
}

bool is_full(const pkgAcquire::Item& item) {
    return tells_no_room(item.ErrorText);
}

bool is_impostor(const pkgAcquire::Item& item) {
    // GnuTLS and OpenSSL say "Certificate verification failed" and "certificate verify failed".
    return item.ErrorText.find("ertificate verif") != std::string::npos;
}

bool is_unreachable(const pkgAcquire::Item& item) {
    return item.Status == pkgAcquire::Item::StatTransientNetworkError && !is_impostor(item);
}

std::string failure_text(const pkgAcquire::Item& item, const AcquireLog& log) {
    std::string text = item.ErrorText.substr(0, item.ErrorText.find("\nHashes of expected file"));
    for (char& byte : text) {
        if (byte == '\n') byte = ' ';
    }
    text.erase(text.find_last_not_of(' ') + 1);
    // What was being unpacked is known by a name of libapt's own. libapt does not mark its description const.
    const auto uri = item.DescURI();
    return fmt::format("{}: {}",
                       uri.starts_with("store:")
                           ? const_cast<pkgAcquire::Item&>(item).GetItemDesc().Description
                           : public_uri(uri),
                       !text.empty()   ? text
                       : log.gave_up() ? log.why_given_up()
                                       : "the download did not end");
}

}  // namespace dray::apt_helper
