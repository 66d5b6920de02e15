// A transaction from the locks to the last maintainer script.
#pragma once

#include "apt_helper/conffiles.h"
#include "apt_helper/disk_space.h"
#include "apt_helper/download.h"
#include "apt_helper/kept_files.h"
#include "apt_helper/lock.h"
#include "host/apt_protocol.h"

#include <apt-pkg/cachefile.h>

#include <map>
#include <set>
#include <string>
#include <vector>

namespace dray::apt_helper {

/// Set once dpkg has been started, so that an error says whether the host may have changed.
struct DpkgRan {
    bool value = false;
    host::TransactionResult left = {};  ///< of what has failed half-way: its conffiles, programs to restart
};

/// Adds what a change has done beside packages, as far as it got: its conffiles, programs to restart.
void tell_beside(const ConffileWatch& watch, host::TransactionResult& result);

/// Opens the cache with dpkg's locks, waiting for them, and with the kept files in place. Throws Error.
void open_locked(pkgCacheFile& cache, KeptFiles& kept, LockPatience& patience);

/// Marks each package that dpkg left half-way by its state: to be unpacked again, configured, or removed to
/// the end. Throws Error when one must be unpacked again and nothing offers it.
void apply_states(pkgCacheFile& cache);

/// What dpkg does with conffiles that were changed on the host when a new version of them comes.
enum class Conffiles { keep, replace };

/// How a plan is to be carried out.
struct Manner {
    Conffiles conffiles = Conffiles::keep;
    std::map<std::string, std::set<std::string>> from = {};  ///< see host::Transaction
    CheckedArchives checked = {};                            ///< what was downloaded before
    Blocks blocks = Blocks::everybodys;
};

/// Downloads what the marks in the cache ask for, checks the room, and lets dpkg do it. Throws Error with
/// apt's words; the copies of kept files then stay when dpkg was started.
void commit(pkgCacheFile& cache, KeptFiles& kept, LockPatience& patience, DpkgRan& dpkg_ran,
            Manner manner = {});

/// Solves a transaction and downloads what it needs while nobody is locked out of dpkg, then takes the locks,
/// solves again and makes it; returns what has changed. When more would be changed by then, it begins anew,
/// once. Throws Error, BeyondPlan when more would be changed than was announced, or more each time,
/// RepositoryUnreachable, and ListsOutdated.
host::TransactionResult install(const host::Transaction& transaction, LockPatience& patience,
                                DpkgRan& dpkg_ran);

/// The first half of that alone, for a transaction that is made later: what it needs is in apt's archives
/// then. Throws Error, RepositoryUnreachable, or ListsOutdated.
void download(const host::Transaction& transaction, LockPatience& patience);

/// Solves a transaction; returns what it would change. Takes no lock. Throws Error.
host::TransactionResult plan(const host::Transaction& transaction);

}  // namespace dray::apt_helper
