// Unit files and calendar expressions judged by systemd itself, before anything of them is put in place.
#pragma once

#include "host/process.h"
#include "host/systemd.h"

#include <filesystem>
#include <string>
#include <vector>

namespace dray::host {

/// What `systemd-analyze verify` says of these files in a private folder made below `runtime`, in front of
/// the host's own units. Commands, and services of sockets, that are not there are no complaint: what brings
/// them may come later. Source: systemd-analyze(1), and SYSTEMD_UNIT_PATH in systemd.unit(5). Throws Error
/// when it cannot be asked.
UnitVerdict verify_units(const Processes& processes, const std::filesystem::path& runtime,
                         const std::vector<UnitFile>& files);

/// `systemd-analyze calendar`: when the expression elapses next, "never" when it does not. Throws Error with
/// systemd's words for what is none. Source: systemd.time(7), "Calendar events".
std::string next_elapse(const Processes& processes, const std::string& calendar);

}  // namespace dray::host
