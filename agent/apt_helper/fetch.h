// The .deb of one version of a package is kept, so that the version can be had with no repository at hand.
#pragma once

#include "host/apt_protocol.h"

#include <chrono>

namespace dray::apt_helper {

/// Fulfils host::Apt::fetch. What it downloads does not stay in apt's archives, since it is kept elsewhere
/// then. Throws Error, or ListsOutdated.
host::KeptPackage fetch(const host::AptFetch& wanted, std::chrono::seconds lock_wait);

}  // namespace dray::apt_helper
