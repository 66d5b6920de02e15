// Lengths of time as people write them.
#include "duration.h"

#include <array>
#include <charconv>
#include <cstdint>
#include <limits>

namespace dray {
namespace {

struct Unit {
    std::string_view name;
    std::int64_t milliseconds;
};

constexpr std::array<Unit, 5> units = {
    {{"d", 86'400'000}, {"h", 3'600'000}, {"m", 60'000}, {"s", 1000}, {"ms", 1}}};

}  // namespace

std::optional<std::chrono::milliseconds> parse_duration(std::string_view text) {
    if (text.empty()) return std::nullopt;
    std::int64_t total = 0;
    while (!text.empty()) {
        std::int64_t count = 0;
        const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
        if (error != std::errc{} || count < 0) return std::nullopt;
        text.remove_prefix(static_cast<std::size_t>(end - text.data()));
        const auto name = text.substr(0, text.find_first_of("0123456789"));
        std::int64_t factor = 0;
        for (const auto& unit : units)
            if (unit.name == name) factor = unit.milliseconds;
        if (factor == 0 || count > (std::numeric_limits<std::int64_t>::max() - total) / factor)
            return std::nullopt;
        total += count * factor;
        text.remove_prefix(name.size());
    }
    return std::chrono::milliseconds(total);
}

std::string duration_text(std::chrono::milliseconds time) {
    auto rest = time.count();
    if (rest == 0) return "0s";
    std::string text;
    for (const auto& unit : units) {
        if (rest < unit.milliseconds) continue;
        text += std::to_string(rest / unit.milliseconds) + std::string(unit.name);
        rest %= unit.milliseconds;
    }
    return text;
}

}  // namespace dray
