// Dates as mails, changelogs and Release files write them.
#include "builder/dates.h"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <array>
#include <sstream>

namespace dray::builder {
namespace {

constexpr std::array weekdays{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
constexpr std::array months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                            "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

std::string with_zone(std::chrono::sys_seconds time, std::string_view zone) {
    const auto day = std::chrono::floor<std::chrono::days>(time);
    const std::chrono::year_month_day date(day);
    const std::chrono::hh_mm_ss clock(time - day);
    return fmt::format("{}, {:02} {} {} {:02}:{:02}:{:02} {}",
                       weekdays[std::chrono::weekday(day).c_encoding()], static_cast<unsigned>(date.day()),
                       months[static_cast<unsigned>(date.month()) - 1], static_cast<int>(date.year()),
                       clock.hours().count(), clock.minutes().count(), clock.seconds().count(), zone);
}

}  // namespace

std::string mail_date(std::chrono::sys_seconds time) {
    return with_zone(time, "+0000");
}

std::string release_date(std::chrono::sys_seconds time) {
    return with_zone(time, "UTC");
}

std::optional<std::chrono::sys_seconds> parse_release_date(const std::string& text) {
    std::istringstream words(text);
    std::string weekday;
    std::string month;
    std::string zone;
    unsigned day = 0;
    int year = 0;
    long hour = 0;
    long minute = 0;
    long second = 0;
    char colon = ':';
    char second_colon = ':';
    words >> weekday >> day >> month >> year >> hour >> colon >> minute >> second_colon >> second >> zone;
    const auto found = std::find(months.begin(), months.end(), month);
    const bool universal = zone == "UTC" || zone == "+0000" || zone == "GMT" || zone == "Z";
    if (!words || found == months.end() || !universal || colon != ':' || second_colon != ':') return {};
    const std::chrono::year_month_day date(
        std::chrono::year(year), std::chrono::month(static_cast<unsigned>(found - months.begin()) + 1),
        std::chrono::day(day));
    if (!date.ok()) return {};
    return std::chrono::sys_days(date) + std::chrono::hours(hour) + std::chrono::minutes(minute) +
           std::chrono::seconds(second);
}

}  // namespace dray::builder
