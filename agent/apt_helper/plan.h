// A transaction solved by libapt, and refused when it would do what nobody asked for.
#pragma once

#include "apt_helper/kept_files.h"
#include "host/apt_protocol.h"

#include <apt-pkg/cachefile.h>
#include <apt-pkg/pkgcache.h>

#include <functional>
#include <string>
#include <vector>

namespace dray::apt_helper {

/// Marks the transaction in the cache and lets libapt's resolver do the rest: dependencies are installed, and
/// Recommends as the host's own APT::Install-Recommends says. Throws Error when a version is not there, when
/// it cannot be solved, or when the solution removes or downgrades a package that is not named, changes a
/// held one that the transaction does not hold or unhold itself, removes an essential one, or takes one from
/// a source that may not bring it. The cache is not written. A package that has a file in `kept`, which were
/// offered to the cache, comes out of that.
void solve(pkgCacheFile& cache, const host::Transaction& transaction, const KeptFiles& kept);

/// What the marks in the cache amount to, by name.
std::vector<host::AptChange> planned_changes(pkgCacheFile& cache);

/// What they cost. A package that has a file in `kept` need not be downloaded.
host::AptSizes planned_sizes(pkgCacheFile& cache, const KeptFiles& kept);

/// What is broken by the marks in the cache, as "warehouse 26.11.3 depends on libx (>= 2), which …; …".
std::string broken_text(pkgCacheFile& cache);

/// This version of a package; the end when there is none. libapt can have two of the same number: what dpkg
/// has on record and what a source offers differ when the one was built anew or is only half there. What is
/// installed comes first, then what can be downloaded; with `allowed`, of that only what it says yes to.
pkgCache::VerIterator find_version(const pkgCache::PkgIterator& package, const std::string& wanted,
                                   const std::function<bool(const pkgCache::VerIterator&)>& allowed = {});

}  // namespace dray::apt_helper
