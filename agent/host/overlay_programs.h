// Programs and servers in a dry run: nothing is started, and what is asked answers of the host as it is now.
#pragma once

#include "host/http.h"
#include "host/ledger.h"
#include "host/overlay_accounts.h"
#include "host/overlay_files.h"
#include "host/process.h"

namespace dray::host {

/// Starts nothing: every program succeeds without a word, and what its command is to make will be there.
class OverlayProcesses final : public Processes {
  public:
    OverlayProcesses(const Processes& base, OverlayFiles& files, const OverlayAccounts& accounts,
                     Ledger& ledger)
        : base_(base), files_(files), accounts_(accounts), ledger_(ledger) {}

    /// Throws Error when the command's user or its program would not be there.
    Result run(const Command& command) const override;
    bool finds(const Command& command) const override;

  private:
    const Processes& base_;
    OverlayFiles& files_;
    const OverlayAccounts& accounts_;
    Ledger& ledger_;
};

/// Programs that only look are really started. One that fails after somebody has done what nobody can foresee
/// may not fail then: that is noted as a doubt.
class OverlayQueries final : public Processes {
  public:
    OverlayQueries(const Processes& base, Ledger& ledger) : base_(base), ledger_(ledger) {}
    Result run(const Command& command) const override;
    bool finds(const Command& command) const override { return base_.finds(command); }

  private:
    void doubt(const Command& command) const;

    const Processes& base_;
    Ledger& ledger_;
};

/// Servers are really asked. Once somebody would have changed what they answer, that is noted as a doubt.
class OverlayHttp final : public Http {
  public:
    OverlayHttp(const Http& base, Ledger& ledger) : base_(base), ledger_(ledger) {}
    HttpResponse get(const HttpRequest& request) const override;
    std::vector<HttpOutcome> get_all(const std::vector<HttpRequest>& requests) const override;
    void connect(const Endpoint& endpoint) const override;

  private:
    void doubt(const std::string& question) const;

    const Http& base_;
    Ledger& ledger_;
};

}  // namespace dray::host
