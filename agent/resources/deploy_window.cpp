// When a deploy may begin.
#include "resources/deploy_window.h"

#include "error.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <sstream>
#include <string_view>
#include <vector>

namespace dray::resources {
namespace {

constexpr std::array<std::string_view, 7> weekdays = {"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};
constexpr int minutes_a_day = 24 * 60;
constexpr auto hint =
    "write \"Mon-Fri 09:00-17:00 Europe/London\", \"22:00-06:00\" or \"Sat,Sun 00:00-24:00\"";
constexpr auto zones = "/usr/share/zoneinfo/";

std::optional<int> weekday(std::string_view name) {
    const auto found = std::ranges::find(weekdays, name);
    if (found == weekdays.end()) return std::nullopt;
    return static_cast<int>(found - weekdays.begin()) + 1;
}

std::optional<int> clock_number(std::string_view text) {
    int value = 0;
    const auto parsed = std::from_chars(text.data(), text.data() + text.size(), value);
    if (text.size() != 2 || parsed.ec != std::errc{} || parsed.ptr != text.data() + text.size()) return {};
    return value;
}

/// "09:00" to "24:00" in minutes.
std::optional<int> minute(std::string_view text) {
    if (text.size() != 5 || text[2] != ':') return std::nullopt;
    const auto hours = clock_number(text.substr(0, 2));
    const auto minutes = clock_number(text.substr(3));
    if (!hours || !minutes || *minutes > 59 || *hours * 60 + *minutes > minutes_a_day) return std::nullopt;
    return *hours * 60 + *minutes;
}

std::vector<std::string> parts_of(const std::string& text, char at) {
    std::vector<std::string> parts;
    std::istringstream stream(text);
    for (std::string part; std::getline(stream, part, at);)
        parts.push_back(part);
    return parts;
}

/// "Mon-Fri", "Mon,Wed"; nothing for what are no days.
std::optional<std::set<int>> days_of(const std::string& text) {
    std::set<int> days;
    for (const auto& part : parts_of(text, ',')) {
        const auto dash = part.find('-');
        const auto first = weekday(std::string_view(part).substr(0, dash));
        const auto last =
            dash == std::string::npos ? first : weekday(std::string_view(part).substr(dash + 1));
        if (!first || !last) return std::nullopt;
        for (int day = *first;; day = day % 7 + 1) {
            days.insert(day);
            if (day == *last) break;
        }
    }
    return days.empty() ? std::nullopt : std::optional(days);
}

bool is_zone(const std::string& text) {
    constexpr std::string_view allowed = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_+-/";
    return !text.empty() && text.front() != '/' && text.find("..") == std::string::npos &&
           text.find_first_not_of(allowed) == std::string::npos;
}

}  // namespace

DeployWindow DeployWindow::parse(const std::string& text) {
    DeployWindow window;
    window.text_ = text;
    window.zone_ = "UTC";
    for (int day = 1; day <= 7; ++day)
        window.days_.insert(day);
    std::istringstream stream(text);
    std::vector<std::string> words;
    for (std::string word; stream >> word;)
        words.push_back(word);
    const auto refuse = [&text](const std::string& cause) {
        throw Error("'" + text + "' is no span of time", cause, hint);
    };
    if (!words.empty() && weekday(words.front().substr(0, 3))) {
        const auto days = days_of(words.front());
        if (!days) refuse("'" + words.front() + "' are no days");
        window.days_ = *days;
        words.erase(words.begin());
    }
    if (words.empty() || words.size() > 2) refuse("it is not days, hours and a time zone");
    const auto hours = parts_of(words.front(), '-');
    const auto begin = hours.size() == 2 ? minute(hours[0]) : std::nullopt;
    const auto end = hours.size() == 2 ? minute(hours[1]) : std::nullopt;
    if (!begin || !end || *begin == *end || *begin == minutes_a_day)
        refuse("'" + words.front() + "' are no hours");
    window.begin_ = *begin;
    window.end_ = *end;
    if (words.size() == 2) window.zone_ = words.back();
    if (!is_zone(window.zone_)) refuse("'" + window.zone_ + "' is no time zone");
    return window;
}

bool DeployWindow::open_at(int weekday, int minute) const {
    if (begin_ < end_) return days_.contains(weekday) && begin_ <= minute && minute < end_;
    const int yesterday = weekday == 1 ? 7 : weekday - 1;
    return (days_.contains(weekday) && minute >= begin_) || (days_.contains(yesterday) && minute < end_);
}

bool DeployWindow::open(const host::Host& host) const {
    const auto attempt = "cannot tell whether it is " + text_;
    if (zone_ != "UTC" && !host.files().exists(zones + zone_))
        throw Error(attempt, "this host does not know the time zone " + zone_,
                    "install tzdata, or correct the name");
    const auto seconds =
        std::chrono::duration_cast<std::chrono::seconds>(host.clock().now().time_since_epoch()).count();
    const auto said = host.queries().check(
        {.argv = {"date", "--date=@" + std::to_string(seconds), "+%u %H:%M"}, .environment = {{"TZ", zone_}}},
        attempt);
    std::istringstream stream(said.output);
    int day = 0;
    std::string hour;
    stream >> day >> hour;
    const auto at = minute(hour);
    if (day < 1 || day > 7 || !at) throw Error(attempt, "date said '" + said.output + "'");
    return open_at(day, *at);
}

}  // namespace dray::resources
