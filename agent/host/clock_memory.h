// A clock that a unit test moves.
#pragma once

#include "host/clock.h"

namespace dray::host {

/// Stands still until somebody sleeps or moves it. Begins at 2026-11-23T18:34:29Z.
class ManualClock final : public Clock {
  public:
    Time now() const override { return now_; }
    std::chrono::steady_clock::time_point steady() const override { return steady_; }
    /// Passes the time at once.
    void sleep(std::chrono::milliseconds time) const override { move(time); }

    void advance(std::chrono::milliseconds time) { move(time); }

  private:
    void move(std::chrono::milliseconds time) const {
        now_ += time;
        steady_ += time;
    }

    mutable Time now_{std::chrono::seconds(1795458869)};
    mutable std::chrono::steady_clock::time_point steady_{std::chrono::hours(1)};
};

}  // namespace dray::host
