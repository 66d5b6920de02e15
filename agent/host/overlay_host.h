// A whole host as a dry run would leave it: each seam reads through to the real one and keeps changes to
// itself.
#pragma once

#include "host/host.h"
#include "host/ledger.h"
#include "host/overlay_accounts.h"
#include "host/overlay_apt.h"
#include "host/overlay_clock.h"
#include "host/overlay_files.h"
#include "host/overlay_programs.h"
#include "host/overlay_systemd.h"

namespace dray::host {

/// Nothing of `real` is changed through this; its apt has to be told to rehearse, through host(). Who runs
/// is root, as every run is.
class OverlayHost {
  public:
    explicit OverlayHost(Host& real)
        : files_(real.files(), &accounts_, ledger_),
          accounts_(real.accounts(), files_, ledger_),
          systemd_(real.systemd(), files_, ledger_),
          apt_(real.apt(), ledger_),
          processes_(real.processes(), files_, accounts_, ledger_),
          queries_(real.queries(), ledger_),
          http_(real.http(), ledger_),
          clock_(real.clock()),
          host_(files_, processes_, accounts_, systemd_, apt_, http_, clock_, queries_) {}
    OverlayHost(const OverlayHost&) = delete;
    OverlayHost& operator=(const OverlayHost&) = delete;

    Host& host() { return host_; }
    Ledger& ledger() { return ledger_; }

  private:
    Ledger ledger_;
    OverlayFiles files_;
    OverlayAccounts accounts_;
    OverlaySystemd systemd_;
    OverlayApt apt_;
    OverlayProcesses processes_;
    OverlayQueries queries_;
    OverlayHttp http_;
    OverlayClock clock_;
    Host host_;
};

}  // namespace dray::host
