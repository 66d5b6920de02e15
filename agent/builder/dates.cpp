// Dates as mails, changelogs and Release files write them.
#include "builder/dates.h"

#include <spdlog/fmt/fmt.h>

#include <array>

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

}  // namespace dray::builder
