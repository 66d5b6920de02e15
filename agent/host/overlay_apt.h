// apt and dpkg as a dry run would leave them.
#pragma once

#include "host/apt.h"
#include "host/ledger.h"
#include "host/overlay_files.h"

#include <map>
#include <string>

namespace dray::host {

/// Asks `base`, which has to rehearse, and changes no package. What the files of a package bring to the host
/// cannot be foreseen: each transaction tells that to the ledger.
class OverlayApt final : public Apt {
  public:
    OverlayApt(Apt& base, const OverlayFiles& files, Ledger& ledger)
        : base_(base), files_(files), ledger_(ledger) {}

    void expect_source(const std::string& name) override { base_.expect_source(name); }
    void expect_package(const PackageWish& wish) override { base_.expect_package(wish); }
    void rehearse() override { base_.rehearse(); }
    void rehearse_source(const std::string& name, std::string_view content) override;
    /// Lets the base rehearse the sources that the overlay's files have.
    void sources_changed() override;
    PackageStatus status(const PackageWish& wish) const override;
    std::vector<SourceVerdict> verdicts() const override { return base_.verdicts(); }
    std::string installed(const std::string& package) const override;
    void apply(const Transaction& transaction, const AptProgress& progress) override;
    bool needs_repair() const override { return base_.needs_repair(); }
    /// Repairs nothing.
    std::vector<std::string> repair(const AptProgress&) override { return {}; }

  private:
    void changed(const std::string& package, const std::string& version, std::string_view deed);

    Apt& base_;
    const OverlayFiles& files_;
    Ledger& ledger_;
    std::map<std::string, std::string> installed_;  ///< "" for what would be gone
};

}  // namespace dray::host
