// One machine, as everything above host/ sees it: the seams side by side.
#pragma once

#include "host/account.h"
#include "host/apt.h"
#include "host/clock.h"
#include "host/file.h"
#include "host/http.h"
#include "host/process.h"
#include "host/systemd.h"

namespace dray::host {

/// The seams of one host. A `const Host&` can look at the machine and change nothing, which is how `inspect`
/// is kept honest: the compiler refuses a change there.
class Host {
  public:
    /// `queries` starts the programs that only look; in a dry run it is the machine's own beside a
    /// `processes` that starts nothing.
    Host(Files& files, Processes& processes, Accounts& accounts, Systemd& systemd, Apt& apt, const Http& http,
         const Clock& clock, const Processes& queries)
        : files_(files),
          processes_(processes),
          queries_(queries),
          accounts_(accounts),
          systemd_(systemd),
          apt_(apt),
          http_(http),
          clock_(clock) {}

    Files& files() { return files_; }
    const Files& files() const { return files_; }
    /// Programs can change anything, so only a host that may be changed runs them.
    Processes& processes() { return processes_; }
    /// For programs that are known to change nothing, such as psql with a SELECT: the caller answers for
    /// that.
    const Processes& queries() const { return queries_; }
    Accounts& accounts() { return accounts_; }
    const Accounts& accounts() const { return accounts_; }
    Systemd& systemd() { return systemd_; }
    const Systemd& systemd() const { return systemd_; }
    Apt& apt() { return apt_; }
    const Apt& apt() const { return apt_; }
    const Http& http() const { return http_; }
    const Clock& clock() const { return clock_; }

    /// Something on this host is about to be changed: what was looked up ahead holds no more.
    void forget_expected() const {
        systemd_.forget_expected();
        http_.forget_expected();
    }

  private:
    Files& files_;
    Processes& processes_;
    const Processes& queries_;
    Accounts& accounts_;
    Systemd& systemd_;
    Apt& apt_;
    const Http& http_;
    const Clock& clock_;
};

}  // namespace dray::host
