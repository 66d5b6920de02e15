// What dpkg has done and could not write into its status file.
#pragma once

#include "apt_helper/lock.h"

namespace dray::apt_helper {

/// Has dpkg bring its journal into its status file when it has left one, as on a disk that was full; nothing is
/// configured or removed. libapt opens no database that has a journal. Source: dpkg(1), --set-selections, which
/// with nothing to select does just that. Throws Error when dpkg cannot, or its lock cannot be had.
void apply_journal(LockPatience& patience);

}  // namespace dray::apt_helper
