// Time as the kernel tells it.
#include "host/clock.h"

#include "host/interrupt.h"

#include <spdlog/fmt/fmt.h>

#include <poll.h>

#include <algorithm>
#include <ctime>

namespace dray::host {

Time SystemClock::now() const {
    return std::chrono::system_clock::now();
}

std::chrono::steady_clock::time_point SystemClock::steady() const {
    return std::chrono::steady_clock::now();
}

void SystemClock::sleep(std::chrono::milliseconds time) const {
    using std::chrono::milliseconds;
    constexpr milliseconds longest_poll = std::chrono::hours(1);  // poll(2) takes an int
    milliseconds left = time;
    const auto start = steady();
    while (left > milliseconds::zero() && interrupted() == 0) {
        pollfd wake{.fd = interrupt_descriptor(), .events = POLLIN, .revents = 0};
        ::poll(&wake, 1, static_cast<int>(std::min(left, longest_poll).count()));
        left = time - std::chrono::floor<milliseconds>(steady() - start);
    }
}

std::string utc_text(Time time) {
    const std::time_t seconds =
        std::chrono::floor<std::chrono::seconds>(time).time_since_epoch() / std::chrono::seconds(1);
    std::tm parts{};
    ::gmtime_r(&seconds, &parts);
    return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z", parts.tm_year + 1900, parts.tm_mon + 1,
                       parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec);
}

}  // namespace dray::host
