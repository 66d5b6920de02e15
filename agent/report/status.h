// `dray status`: what the newest run did, what is owed, and whether the timer is there for the next.
#pragma once

#include "host/host.h"

#include <filesystem>
#include <string>

namespace dray::report {

/// The status as JSON text, or as lines for a person. Reads the state folder, asks systemd, and apt for the
/// candidates of what is deployed; changes nothing. `pause` says why runs do nothing, "" when they do. Throws
/// Error when the state folder cannot be read.
std::string status(const host::Host& host, const std::filesystem::path& state_folder,
                   const std::string& pause, bool as_json);

}  // namespace dray::report
