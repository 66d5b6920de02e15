// Runs that are paused: by `dray pause`, or by a file that configuration management drops.
#pragma once

#include "commands.h"
#include "host/clock.h"
#include "host/file.h"

#include <chrono>
#include <optional>
#include <string>

namespace dray {

struct Pause {
    std::string reason;
    std::string since;  ///< host::utc_text; "" for the file of an administrator
    std::string until;  ///< likewise; "" for one without an end
};

/// Whether runs are paused now. SETTINGS/paused is the administrator's file: its first line is the reason,
/// and the pause lasts as long as the file. Throws Error when a file cannot be read.
std::optional<Pause> paused(const host::Files& files, const Folders& folders, host::Time now);

/// From now on, for `length` or without an end. Throws Error.
void pause(host::Files& files, const Folders& folders, const std::string& reason,
           std::optional<std::chrono::milliseconds> length, host::Time now);

/// Ends a pause of `pause`; whether there was one. Throws Error when the administrator's file is there, which
/// is not for dray to remove.
bool resume(host::Files& files, const Folders& folders);

/// "paused since …, until …: REASON".
std::string pause_text(const Pause& pause);

}  // namespace dray
