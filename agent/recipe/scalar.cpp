// Numbers, truth values, modes and durations from texts.
#include "recipe/scalar.h"

#include "duration.h"

#include <charconv>

namespace dray::recipe {
namespace {

constexpr std::size_t shortest_mode = 3;  // "644"; fewer digits are no mode that anybody means
constexpr std::int64_t all_bits = 07777;

std::optional<std::int64_t> parse_number(const std::string& text, int base) {
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number, base);
    if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return number;
}

}  // namespace

std::optional<Properties::Typed> parse_scalar(Kind kind, const std::string& text) {
    if (kind == Kind::boolean) {
        if (text != "true" && text != "false") return std::nullopt;
        return Properties::Typed(text == "true");
    }
    if (kind == Kind::duration) {
        const auto time = parse_duration(text);
        if (!time) return std::nullopt;
        return Properties::Typed(*time);
    }
    const bool mode = kind == Kind::mode;
    const auto number = parse_number(text, mode ? 8 : 10);
    if (!number || (mode && (text.size() < shortest_mode || *number < 0 || *number > all_bits)))
        return std::nullopt;
    return Properties::Typed(*number);
}

}  // namespace dray::recipe
