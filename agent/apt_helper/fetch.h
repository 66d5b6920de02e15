// The .deb of one version of a package is kept, so that the version can be had with no repository at hand.
#pragma once

#include "apt_helper/lock.h"
#include "host/apt_protocol.h"

namespace dray::apt_helper {

/// Fulfils host::Apt::fetch. What it downloads stays in apt's archives, too. Throws Error,
/// RepositoryUnreachable, or ListsOutdated.
host::KeptPackage fetch(const host::AptFetch& wanted, LockPatience& patience);

}  // namespace dray::apt_helper
