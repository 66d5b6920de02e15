// Seam to time: now, and waiting.
#pragma once

#include <chrono>
#include <string>

namespace dray::host {

using Time = std::chrono::system_clock::time_point;

/// The time of one host.
class Clock {
  public:
    virtual ~Clock() = default;
    virtual Time now() const = 0;                                      ///< wall clock, for records
    virtual std::chrono::steady_clock::time_point steady() const = 0;  ///< for measuring and deadlines
    /// Waits; returns early when a signal asks the run to stop (see host/interrupt.h).
    virtual void sleep(std::chrono::milliseconds time) const = 0;
    /// As `sleep`, and not left out in a dry run: what is looked at again then is the host as it is now.
    virtual void watch(std::chrono::milliseconds time) const { sleep(time); }
};

/// The real thing.
class SystemClock final : public Clock {
  public:
    Time now() const override;
    std::chrono::steady_clock::time_point steady() const override;
    void sleep(std::chrono::milliseconds time) const override;
};

/// "2026-11-23T18:34:29Z": RFC 3339, UTC, whole seconds.
std::string utc_text(Time time);

}  // namespace dray::host
