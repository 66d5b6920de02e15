// Whether a service is well: its units run, and its checks are right.
#pragma once

#include "converge/deploy_set.h"
#include "error.h"
#include "host/host.h"

#include <string>

namespace dray::converge {

/// What is wrong with the set now, asked once: a unit that does not run, a check that is not right. "" when
/// it is well. Versions that the checks name are those that are installed.
std::string what_is_wrong(host::Host& host, const DeploySet& set, const recipe::Renderer& renderer);

/// The error of a check of the set, and which of its units does not run, if one does not: that a connection
/// is refused does not tell why.
Error beside_units(const Error& error, const host::Host& host, const DeploySet& set);

/// Watches the set for `stable_for`: each unit has to stay active with the same main process and without a
/// restart, and each check has to be right whenever it is asked. A check that is wrong once begins the time
/// anew, twice at most: one lost answer is no fault of a release, and an endpoint that goes up and down is.
/// Throws Error.
void watch(host::Host& host, const DeploySet& set, const recipe::Renderer& renderer,
           const resources::Progress& progress);

}  // namespace dray::converge
