// apt and dpkg as a dry run would leave them.
#pragma once

#include "host/apt.h"
#include "host/ledger.h"

#include <string>
#include <utility>

namespace dray::host {

/// Asks `base`, which has to rehearse, and changes no package. What the files of a package bring to the host
/// cannot be foreseen: each transaction tells that to the ledger.
class OverlayApt final : public Apt {
  public:
    OverlayApt(Apt& base, Ledger& ledger) : base_(base), ledger_(ledger) {}

    void expect_source(const std::string& name, std::chrono::seconds max_age = default_max_age) override {
        base_.expect_source(name, max_age);
    }
    void expect_package(const PackageWish& wish) override { base_.expect_package(wish); }
    void rehearse() override { base_.rehearse(); }
    void file_changed(const std::filesystem::path& path, std::string_view content) override {
        base_.file_changed(path, content);
    }
    PackageStatus status(const PackageWish& wish) const override { return base_.status(wish); }
    std::vector<SourceVerdict> verdicts() const override { return base_.verdicts(); }
    std::set<std::string> newer() const override { return base_.newer(); }
    std::string story() const override { return base_.story(); }
    AptSizes sizes() const override { return base_.sizes(); }
    void follow(AptProgress progress) override { base_.follow(std::move(progress)); }
    std::string installed(const std::string& package) const override;
    bool held(const std::string& package) const override { return base_.held(package); }
    bool has_leftovers(const std::string& package) const override { return base_.has_leftovers(package); }
    AptExplanation explain(const PackageWish& wish) const override { return base_.explain(wish); }
    std::string installed_field(const std::string& package, const std::string& field) const override {
        return base_.installed_field(package, field);
    }
    /// The base refuses, as it rehearses.
    void download(const Transaction& transaction, const AptProgress& progress) override {
        base_.download(transaction, progress);
    }
    /// The base refuses, as it rehearses.
    KeptPackage fetch(const std::string& package, const std::string& version,
                      const std::filesystem::path& folder, const AptProgress& progress) override {
        return base_.fetch(package, version, folder, progress);
    }
    /// Lets the base tell what it would do.
    TransactionResult apply(const Transaction& transaction, const AptProgress& progress) override;
    bool needs_repair() const override { return base_.needs_repair(); }
    /// Repairs nothing.
    std::vector<std::string> repair(const AptProgress&, const std::vector<KeptPackage>& = {}) override {
        return {};
    }

  private:
    Apt& base_;
    Ledger& ledger_;
};

}  // namespace dray::host
