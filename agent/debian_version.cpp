// The order of Debian's versions.
#include "debian_version.h"

namespace dray {
namespace {

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

/// A character's place among others that are no digits: '~' before the end, the end before letters, letters
/// before the rest.
int weight(std::string_view text, std::size_t at) {
    if (at >= text.size() || is_digit(text[at])) return 0;
    const char c = text[at];
    if (c == '~') return -1;
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    return letter ? c : c + 256;
}

/// A number without the zeros before it: the longer one is the higher one.
std::string_view take_number(std::string_view text, std::size_t& at) {
    while (at < text.size() && text[at] == '0')
        ++at;
    const auto begin = at;
    while (at < text.size() && is_digit(text[at]))
        ++at;
    return text.substr(begin, at - begin);
}

std::strong_ordering compare_numbers(std::string_view a, std::string_view b) {
    if (a.size() != b.size()) return a.size() <=> b.size();
    return a.compare(b) <=> 0;
}

/// Two upstream versions, or two revisions.
std::strong_ordering compare_parts(std::string_view a, std::string_view b) {
    for (std::size_t i = 0, j = 0; i < a.size() || j < b.size();) {
        while ((i < a.size() && !is_digit(a[i])) || (j < b.size() && !is_digit(b[j]))) {
            const auto order = weight(a, i) <=> weight(b, j);
            if (order != 0) return order;
            if (i < a.size() && !is_digit(a[i])) ++i;
            if (j < b.size() && !is_digit(b[j])) ++j;
        }
        const auto left = take_number(a, i);
        const auto order = compare_numbers(left, take_number(b, j));
        if (order != 0) return order;
    }
    return std::strong_ordering::equal;
}

struct Parts {
    std::string_view epoch;
    std::string_view upstream;
    std::string_view revision;
};

Parts split(std::string_view version) {
    Parts parts;
    if (const auto colon = version.find(':'); colon != std::string_view::npos) {
        std::size_t at = 0;
        parts.epoch = take_number(version.substr(0, colon), at);
        version.remove_prefix(colon + 1);
    }
    const auto hyphen = version.rfind('-');
    parts.upstream = version.substr(0, hyphen);
    if (hyphen != std::string_view::npos) parts.revision = version.substr(hyphen + 1);
    return parts;
}

bool is_numbers(std::string_view text) {
    return !text.empty() && is_digit(text.front()) && is_digit(text.back()) &&
           text.find_first_not_of("0123456789.") == std::string_view::npos;
}

}  // namespace

std::strong_ordering compare_debian_versions(std::string_view a, std::string_view b) {
    const auto left = split(a);
    const auto right = split(b);
    if (const auto order = compare_numbers(left.epoch, right.epoch); order != 0) return order;
    if (const auto order = compare_parts(left.upstream, right.upstream); order != 0) return order;
    return compare_parts(left.revision, right.revision);
}

std::string_view without_target(std::string_view version) {
    const auto plus = version.find('+');
    if (plus == std::string_view::npos) return version;
    auto target = version.substr(plus + 1);
    for (const std::string_view distribution : {"deb", "ubuntu"})
        if (target.starts_with(distribution)) {
            target.remove_prefix(distribution.size());
            return is_numbers(target) && is_numbers(version.substr(0, plus)) ? version.substr(0, plus)
                                                                             : version;
        }
    return version;
}

std::string_view comparable(std::string_view version, std::string_view bound) {
    return bound.find('+') == std::string_view::npos ? without_target(version) : version;
}

}  // namespace dray
