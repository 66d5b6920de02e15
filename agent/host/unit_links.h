// Whether the links that enable units are still those that the manager has seen.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <vector>

namespace dray::host {

/// When the manager has read its units, and where. Source: org.freedesktop.systemd1(5), the manager's
/// properties UnitsLoadTimestamp, UnitsLoadTimestampMonotonic and UnitPath.
struct UnitLoad {
    std::uint64_t real_us = 0;       ///< when it began, by CLOCK_REALTIME; 0 when that is not known
    std::uint64_t monotonic_us = 0;  ///< the same moment by CLOCK_MONOTONIC
    std::vector<std::filesystem::path> folders = {};
};

/// How much older than its change the time of a file may be: two ticks of the slowest clock that kernels are
/// built with, of 100 Hz.
constexpr std::chrono::milliseconds file_time_grain{20};

/// Whether no unit can have been enabled, disabled or masked since: no folder of unit files, or of links to
/// them, has changed. What the manager keeps of a unit's state as a file is then true; looking for it anew
/// costs it as much as all its other answers together. False as well when the clock was set since. Folders
/// that the manager itself fills are left out, as it leaves them out where it asks itself that question.
bool unit_links_unchanged(const UnitLoad& load);

}  // namespace dray::host
