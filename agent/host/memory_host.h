// A whole host in memory, for unit tests of what stands above the seams.
#pragma once

#include "host/account_memory.h"
#include "host/apt_memory.h"
#include "host/clock_memory.h"
#include "host/file_memory.h"
#include "host/host.h"
#include "host/http_memory.h"
#include "host/instants_memory.h"
#include "host/process_memory.h"
#include "host/systemd_memory.h"

namespace dray::host {

/// One of each seam, wired to each other: files know the accounts, systemd and apt know the files. Its root
/// has the folders of a fresh Debian that dray writes to.
struct MemoryHost {
    Instants instants;
    MemoryAccounts accounts;
    MemoryFiles files{&accounts};
    ScriptedProcesses processes;
    MemorySystemd systemd{files};
    MemoryApt apt{files};
    ScriptedHttp http;
    ManualClock clock;
    Host host{files, processes, accounts, systemd, apt, http, clock, processes};

    MemoryHost() {
        for (const char* const folder :
             {"/etc/apt/sources.list.d", "/etc/apt/preferences.d", "/etc/apt/apt.conf.d", "/etc/apt/keyrings",
              "/etc/systemd/system", "/opt", "/run", "/srv", "/tmp", "/usr/bin", "/usr/lib/systemd/system",
              "/usr/share/keyrings", "/var/lib"})
            files.make_directory(folder, {.owner = {}, .group = {}, .mode = 0755}, true);
        accounts.make_homes([this](const User& user) {
            if (files.exists(user.home)) return;  // it is left as it is
            files.make_directory(user.home, {.owner = user.name, .group = user.group, .mode = 0700}, true);
        });
        made_ = files.changes();
        files.watch(instants);
        apt.watch(instants);
        systemd.watch(instants);
        processes.watch(instants);
    }
    MemoryHost(const MemoryHost&) = delete;
    MemoryHost& operator=(const MemoryHost&) = delete;

    /// Changes to files and accounts since the host was made: what a second converge must not add to.
    int changes() const { return files.changes() - made_ + accounts.changes(); }

  private:
    int made_ = 0;
};

}  // namespace dray::host
