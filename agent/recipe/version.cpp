// Versions of recipes and of dray, and what is asked of them.
#include "recipe/version.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

namespace dray::recipe {
namespace {

constexpr std::size_t longest_number = 9;  // fits an int

std::string_view trimmed(std::string_view text) {
    const auto first = text.find_first_not_of(" \t");
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

}  // namespace

std::optional<Version> Version::parse(std::string_view text) {
    Version version;
    while (true) {
        const auto number = text.substr(0, text.find('.'));
        if (number.empty() || number.size() > longest_number ||
            number.find_first_not_of("0123456789") != std::string_view::npos)
            return std::nullopt;
        std::from_chars(number.data(), number.data() + number.size(), version.numbers_.emplace_back());
        if (number.size() == text.size()) return version;
        text.remove_prefix(number.size() + 1);
    }
}

std::strong_ordering Version::operator<=>(const Version& other) const {
    const auto number = [](const Version& version, std::size_t i) {
        return i < version.numbers_.size() ? version.numbers_[i] : 0;
    };
    for (std::size_t i = 0; i < std::max(numbers_.size(), other.numbers_.size()); ++i)
        if (const auto order = number(*this, i) <=> number(other, i); order != 0) return order;
    return std::strong_ordering::equal;
}

Compared parse_comparison(std::string_view text) {
    constexpr std::array<std::pair<std::string_view, Comparison>, 6> signs = {{{"!=", Comparison::not_equal},
                                                                               {"<=", Comparison::at_most},
                                                                               {">=", Comparison::at_least},
                                                                               {"<", Comparison::less},
                                                                               {">", Comparison::greater},
                                                                               {"=", Comparison::equal}}};
    for (const auto& [sign, comparison] : signs)
        if (text.starts_with(sign)) return {comparison, trimmed(text.substr(sign.size()))};
    return {Comparison::equal, text};
}

bool holds(Comparison comparison, std::strong_ordering order) {
    switch (comparison) {
        case Comparison::equal:
            return order == 0;
        case Comparison::not_equal:
            return order != 0;
        case Comparison::less:
            return order < 0;
        case Comparison::at_most:
            return order <= 0;
        case Comparison::greater:
            return order > 0;
        case Comparison::at_least:
            break;
    }
    return order >= 0;
}

std::optional<Requirement> Requirement::parse(std::string_view text) {
    Requirement requirement;
    while (true) {
        const auto part = text.substr(0, text.find(','));
        const auto [comparison, operand] = parse_comparison(trimmed(part));
        const auto version = Version::parse(operand);
        if (!version) return std::nullopt;
        requirement.parts_.push_back({comparison, *version});
        if (part.size() == text.size()) return requirement;
        text.remove_prefix(part.size() + 1);
    }
}

bool Requirement::met_by(const Version& version) const {
    return std::ranges::all_of(
        parts_, [&version](const Part& part) { return holds(part.comparison, version <=> part.version); });
}

}  // namespace dray::recipe
