// A clock that a test moves.
#pragma once

#include "host/clock.h"

#include <chrono>

namespace dray::test {

/// 23 November 2026, until it is changed; waiting takes no time.
class MovedClock final : public host::Clock {
  public:
    host::Time time = std::chrono::sys_days(std::chrono::year(2026) / 11 / 23);
    host::Time now() const override { return time; }
    std::chrono::steady_clock::time_point steady() const override { return {}; }
    void sleep(std::chrono::milliseconds) const override {}
};

}  // namespace dray::test
