// What is said of a source after a download: by what really arrived of its releases.
#pragma once

#include "apt_helper/acquire_log.h"
#include "apt_helper/refresh_selection.h"
#include "host/apt.h"

#include <apt-pkg/acquire.h>

#include <chrono>
#include <string>
#include <vector>

namespace dray::apt_helper {

/// What a download has shown of one release.
struct ReleaseVerdict {
    host::Freshness freshness = host::Freshness::current;
    std::string message;  ///< what is wrong, with the URI; "" for a release that is current
};

/// Judges each release by its items, in the selection's order. libapt leaves some failed items as done (a
/// detached signature that does not verify, say), so a release counts as current only when its file has been
/// verified and read. `errors` is what libapt said besides, see take_errors().
std::vector<ReleaseVerdict> judge_all(const Selection& selection, pkgAcquire& fetcher, const AcquireLog& log,
                                      const std::string& errors);

/// The worst of what its releases came to. A current source may come with a warning: one of its releases sets
/// no Valid-Until and was published longer ago than `max_age`.
host::SourceVerdict sum_up(const SelectedSource& source, const Selection& selection,
                           const std::vector<ReleaseVerdict>& releases, std::chrono::seconds max_age);

/// The names of the sources of which something was cut off by what the server of another one did.
std::vector<std::string> bystanders(const Selection& selection, pkgAcquire& fetcher, const AcquireLog& log);

}  // namespace dray::apt_helper
