// Lengths of time as people write them in recipes and settings.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace dray {

/// "500ms", "20s", "5m", "1h30m", "14d" as milliseconds; nothing for any other text, a bare number among
/// them.
std::optional<std::chrono::milliseconds> parse_duration(std::string_view text);

/// The shortest such text for a length of time: "1h30m", "20s", "1.234s" is "1s234ms".
std::string duration_text(std::chrono::milliseconds time);

}  // namespace dray
