// A transaction from the locks to the last maintainer script.
#pragma once

#include "apt_helper/kept_files.h"
#include "host/apt_protocol.h"

#include <apt-pkg/cachefile.h>

#include <chrono>
#include <vector>

namespace dray::apt_helper {

/// Set once dpkg has been started, so that an error says whether the host may have changed.
struct DpkgRan {
    bool value = false;
};

/// Opens the cache with dpkg's locks, waiting for them up to `lock_wait`, and with the kept files in place.
/// Throws Error.
void open_locked(pkgCacheFile& cache, KeptFiles& kept, std::chrono::seconds lock_wait);

/// Marks each package that dpkg left half-way by its state: to be unpacked again, configured, or removed to
/// the end. Throws Error when one must be unpacked again and nothing offers it.
void apply_states(pkgCacheFile& cache);

/// What dpkg does with conffiles that were changed on the host when a new version of them comes.
enum class Conffiles { keep, replace };

/// Downloads what the marks in the cache ask for, checks the room, and lets dpkg do it. Throws Error with
/// apt's words; the copies of kept files then stay when dpkg was started.
void commit(pkgCacheFile& cache, KeptFiles& kept, std::chrono::seconds lock_wait, DpkgRan& dpkg_ran,
            Conffiles conffiles = Conffiles::keep);

/// Solves and makes a transaction; returns what has changed. Throws Error.
host::TransactionResult install(const host::Transaction& transaction, std::chrono::seconds lock_wait,
                                DpkgRan& dpkg_ran);

/// Solves a transaction; returns what it would change. Takes no lock. Throws Error.
host::TransactionResult plan(const host::Transaction& transaction);

}  // namespace dray::apt_helper
