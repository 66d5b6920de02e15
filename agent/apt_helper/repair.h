// What an interrupted dpkg left is finished, until dpkg itself finds nothing to complain of.
#pragma once

#include "apt_helper/lock.h"
#include "apt_helper/transaction.h"

#include <map>
#include <set>
#include <string>
#include <vector>

namespace dray::apt_helper {

/// Finishes what was interrupted: pending configuration and triggers; packages left half-unpacked, which are
/// unpacked again at the version that dpkg has on record (from `kept`, from apt's archives, else downloaded),
/// else at the candidate; missing dependencies. Nothing is removed unless its removal was what was
/// interrupted, and what may come from certain sources alone (`from`, see host::Transaction) comes from no
/// other, unless it is what dpkg has on record. Returns a line for each thing done, for conffiles and
/// programs to restart, and for what `dpkg --audit` still complains of that was not interrupted; none when
/// somebody else had finished it by the time the lock was free. Throws Error when something stays
/// interrupted.
std::vector<std::string> repair(const std::vector<host::KeptPackage>& kept,
                                const std::map<std::string, std::set<std::string>>& from,
                                LockPatience& patience, DpkgRan& dpkg_ran);

}  // namespace dray::apt_helper
