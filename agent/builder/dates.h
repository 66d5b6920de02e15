// Dates as mails, changelogs and Release files write them.
#pragma once

#include <chrono>
#include <optional>
#include <string>

namespace dray::builder {

/// "Mon, 23 Nov 2026 18:45:05 +0000": RFC 5322, as in a Debian changelog (Debian Policy 4.4). Always English,
/// UTC.
std::string mail_date(std::chrono::sys_seconds time);

/// "Mon, 23 Nov 2026 18:45:05 UTC": as in a Release file (the Debian wiki's repository format, "Date,
/// Valid-Until").
std::string release_date(std::chrono::sys_seconds time);

/// The time of such a text, with either zone; nothing for any other text.
std::optional<std::chrono::sys_seconds> parse_release_date(const std::string& text);

}  // namespace dray::builder
