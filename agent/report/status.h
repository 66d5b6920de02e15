// `dray status`: what the newest run did, what is owed, and whether the timer is there for the next.
#pragma once

#include "host/host.h"

#include <filesystem>
#include <string>

namespace dray::report {

/// The status as JSON text, or as lines for a person. Reads the state folder and asks systemd; changes
/// nothing. Throws Error when the state folder cannot be read.
std::string status(const host::Host& host, const std::filesystem::path& state_folder, bool as_json);

}  // namespace dray::report
