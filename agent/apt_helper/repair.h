// What an interrupted dpkg left is finished, until dpkg itself finds nothing to complain of.
#pragma once

#include "apt_helper/lock.h"
#include "apt_helper/transaction.h"

#include <string>
#include <vector>

namespace dray::apt_helper {

/// Finishes what was interrupted: pending configuration and triggers; packages left half-unpacked, which are
/// unpacked again at the version that dpkg has on record (from `kept`, from apt's archives, else downloaded),
/// else at the candidate; missing dependencies. Nothing is removed unless its removal was what was
/// interrupted. Returns a line for each thing done; none when somebody else had finished it by the time the
/// lock was free. Throws Error when `dpkg --audit` still complains in the end, with its words.
std::vector<std::string> repair(const std::vector<host::KeptPackage>& kept, LockPatience& patience,
                                DpkgRan& dpkg_ran);

}  // namespace dray::apt_helper
