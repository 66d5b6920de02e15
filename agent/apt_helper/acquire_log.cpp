// What a download says of itself, as lines of the log, and what of it is remembered.
#include "apt_helper/acquire_log.h"

#include "apt_helper/library.h"

#include <apt-pkg/acquire-item.h>
#include <apt-pkg/strutl.h>
#include <spdlog/fmt/fmt.h>

namespace dray::apt_helper {

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
    // The method that looks at signatures is named by the URI: gpgv, or sqv from apt 3.0 on.
    if (item.URI.starts_with("gpgv:") || item.URI.starts_with("sqv:")) refused_.insert(item.Owner);
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
