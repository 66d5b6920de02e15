// Time in a dry run: nothing is started, so there is nothing to wait for.
#pragma once

#include "host/clock.h"

namespace dray::host {

/// The real time, and what was slept on top of it: sleeping returns at once.
class OverlayClock final : public Clock {
  public:
    explicit OverlayClock(const Clock& base) : base_(base) {}
    Time now() const override { return base_.now(); }
    std::chrono::steady_clock::time_point steady() const override { return base_.steady() + slept_; }
    void sleep(std::chrono::milliseconds time) const override { slept_ += time; }
    void watch(std::chrono::milliseconds time) const override { base_.sleep(time); }

  private:
    const Clock& base_;
    mutable std::chrono::milliseconds slept_{0};
};

}  // namespace dray::host
