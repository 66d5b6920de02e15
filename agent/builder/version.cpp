// The numbers of releases.
#include "builder/version.h"

#include "error.h"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <charconv>

namespace dray::builder {
namespace {

constexpr std::size_t longest_number = 6;  // a million releases a month: more digits are a date or a hash

/// Takes the digits before the next dot (or the end) off `text`.
std::optional<int> take_number(std::string_view& text, std::size_t longest) {
    const std::size_t end = std::min(text.find('.'), text.size());
    int value = 0;
    const auto [stop, error] = std::from_chars(text.data(), text.data() + end, value);
    if (error != std::errc{} || stop != text.data() + end || end > longest || text.front() == '-') return {};
    text.remove_prefix(end);
    return value;
}

bool take_dot(std::string_view& text) {
    if (!text.starts_with('.')) return false;
    text.remove_prefix(1);
    return true;
}

}  // namespace

std::string Version::text() const {
    return fmt::format("{}.{}.{}", year, month, number);
}

std::optional<Version> Version::parse(std::string_view text) {
    if (text.size() < 2 || text.find('.') != 2) return {};
    const auto year = take_number(text, 2);
    if (!year || !take_dot(text)) return {};
    const auto month = take_number(text, 2);
    if (!month || *month < 1 || *month > 12 || !take_dot(text)) return {};
    const auto number = take_number(text, longest_number);
    if (!number || !text.empty()) return {};
    return Version{*year, *month, *number};
}

NextVersion next_version(const std::vector<Version>& existing, std::chrono::year_month today) {
    const int year = static_cast<int>(today.year()) - 2000;
    if (year < 10 || year > 99)
        throw Error("cannot number a release", fmt::format("the clock says the year {}", year + 2000),
                    "set the clock of this build host");

    Version next{year, static_cast<int>(static_cast<unsigned>(today.month())), 1};
    if (existing.empty()) return {next, {}};

    const Version highest = *std::max_element(existing.begin(), existing.end());
    if (highest < next) return {next, {}};

    const bool future = highest.year != next.year || highest.month != next.month;
    next = {highest.year, highest.month, highest.number + 1};
    if (!future) return {next, {}};
    return {next,
            fmt::format("{} exists, but it is {}-{:02} (UTC) here; the next is {}, so that versions never "
                        "go down. Is the clock right?",
                        highest.text(), year + 2000, static_cast<unsigned>(today.month()), next.text())};
}

}  // namespace dray::builder
