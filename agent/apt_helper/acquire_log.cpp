// What a download says of itself, as lines of the log, and what of it is remembered.
#include "apt_helper/acquire_log.h"

#include "apt_helper/library.h"

#include <apt-pkg/acquire-item.h>
#include <apt-pkg/strutl.h>
#include <spdlog/fmt/fmt.h>

#include <ctime>
#include <filesystem>
#include <fstream>
#include <optional>
#include <utility>

namespace dray::apt_helper {
namespace {

namespace fs = std::filesystem;

constexpr int header_lines = 100;  // the fields of a release file stand above its hashes

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

}  // namespace

std::string AcquireLog::older_release(const pkgAcquire::Item& item) const {
    const auto found = older_.find(&item);
    return found == older_.end() ? std::string() : found->second;
}

/// A release file lies in the folder `partial` until its signature has been looked at, and the one that apt
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
    gave_up_ = std::chrono::steady_clock::now() - started_ > limit_;
    return !gave_up_;
}

std::string public_uri(const std::string& uri) {
    ::URI parts(uri);
    parts.User.clear();
    parts.Password.clear();
    return parts;
}

std::string failure_text(const pkgAcquire::Item& item) {
    std::string text = item.ErrorText.substr(0, item.ErrorText.find("\nHashes of expected file"));
    for (char& byte : text) {
        if (byte == '\n') byte = ' ';
    }
    text.erase(text.find_last_not_of(' ') + 1);
    return fmt::format("{}: {}", public_uri(item.DescURI()),
                       text.empty() ? "the download did not end" : text);
}

}  // namespace dray::apt_helper
