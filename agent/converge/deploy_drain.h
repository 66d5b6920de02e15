// Out of service and back: what a deploy does around the change of what runs.
#pragma once

#include "host/host.h"
#include "resources/deploy_settings.h"
#include "resources/resource.h"

#include <cstdint>
#include <string_view>

namespace dray::converge {

/// Puts the maintenance file there, runs the drain command, and waits until nobody is connected any more, or
/// the limit is over. Throws Error when the command fails.
void drain(host::Host& host, const resources::DeploySettings& settings, const resources::Progress& progress);

/// The way back. May be done twice. Throws Error when the command fails.
void undrain(host::Host& host, const resources::DeploySettings& settings,
             const resources::Progress& progress);

/// How many established connections of this local TCP port a file like /proc/net/tcp lists. Source: proc(5).
int connections(std::string_view table, std::uint16_t port);

}  // namespace dray::converge
