// What dpkg has done and could not write into its status file.
#include "apt_helper/dpkg_journal.h"

#include "apt_helper/library.h"
#include "host/apt_dpkg.h"
#include "host/process.h"

namespace dray::apt_helper {

void apply_journal(LockPatience& patience) {
    if (!host::DpkgDatabase(dpkg_folder()).has_journal()) return;
    const FrontendLock lock(dpkg_folder(), patience);
    host::Command command{.argv = {"dpkg", "--set-selections"}};
    command.inherit_environment = true;
    command.environment = {{"DPKG_FRONTEND_LOCKED", "1"}};  // the lock is ours; see dpkg(1), "Environment"
    host::SystemProcesses().check(command, "cannot bring dpkg's journal into its status file");
    say("dpkg's journal is in its status file");
}

}  // namespace dray::apt_helper
