// The apt seam by way of the helper dray-apt, so that the agent itself never loads libapt.
#pragma once

#include "host/apt.h"
#include "host/apt_dpkg.h"
#include "host/apt_poll.h"
#include "host/apt_protocol.h"
#include "host/process.h"
#include "host/systemd.h"

#include <filesystem>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace dray::host {

/// Where things are. The defaults are those of an installed dray; tests have their own.
struct AptPaths {
    std::filesystem::path helper;  ///< dray-apt; "" is where it was installed
    std::filesystem::path runtime =
        "/run/dray";  ///< requests, answers and logs, and a dry run's private copy
    std::filesystem::path dpkg = "/var/lib/dpkg";
};

/// The real Apt. The first question of a run that is no dry run takes the short way where it can (see
/// AptPoll). Otherwise questions are put to a plain child; changes are made by dray-apt in the unit
/// dray-apt.service, or where systemd is not running by a child in a session of its own: stopping or killing
/// this process leaves dpkg running to its end. Everything that dray-apt said of the last changes is kept in
/// RUNTIME/apt/*.log.
class AptClient final : public Apt {
  public:
    AptClient(const Processes& processes, Systemd& systemd, AptPoll& poll, AptPaths paths = {});
    ~AptClient() override;

    void expect_source(const std::string& name, std::chrono::seconds max_age = default_max_age) override;
    void expect_package(const PackageWish& wish) override;
    void rehearse() override;
    void file_changed(const std::filesystem::path& path, std::string_view content) override;
    PackageStatus status(const PackageWish& wish) const override;
    std::vector<SourceVerdict> verdicts() const override;
    /// How long locks of apt's and dpkg's are waited for.
    void set_lock_wait(std::chrono::seconds wait) { lock_wait_ = wait; }

    std::set<std::string> newer() const override { return newer_; }
    std::string story() const override { return story_; }
    AptSizes sizes() const override { return sizes_; }
    void follow(AptProgress progress) override { watcher_ = std::move(progress); }
    std::vector<std::string> unreported() override;
    std::string installed(const std::string& package) const override;
    bool held(const std::string& package) const override;
    bool has_leftovers(const std::string& package) const override;
    std::string installed_field(const std::string& package, const std::string& field) const override;
    void download(const Transaction& transaction, const AptProgress& progress) override;
    KeptPackage fetch(const std::string& package, const std::string& version,
                      const std::filesystem::path& folder, const AptProgress& progress) override;
    TransactionResult apply(const Transaction& transaction, const AptProgress& progress) override;
    AptExplanation explain(const PackageWish& wish) const override;
    bool needs_repair() const override;
    std::vector<std::string> repair(const AptProgress& progress,
                                    const std::vector<KeptPackage>& kept = {}) override;

  private:
    class RehearsalFolder;

    /// What the helper has told in this run.
    struct Known {
        bool refreshed = false;
        std::vector<SourceVerdict> verdicts;
        std::map<PackageWish, PackageStatus> packages;
    };

    void ask() const;
    bool answered_in_short() const;
    void add_verdicts(std::vector<SourceVerdict> verdicts) const;
    void adopt(std::map<PackageWish, PackageStatus> packages) const;
    AptAnswer run_query(const AptRequest& request) const;
    AptAnswer run_helper(const AptRequest& request) const;
    AptAnswer run_change(AptRequest request, const AptProgress& progress);
    TransactionResult plan(const Transaction& transaction);
    std::map<std::string, std::set<std::string>> allowed_sources() const;
    Transaction limited(Transaction transaction) const;

    const Processes& processes_;
    Systemd& systemd_;
    AptPoll& poll_;
    AptPaths paths_;
    DpkgDatabase dpkg_;
    std::map<std::string, std::chrono::seconds> sources_;  ///< declared ones, with their max_age
    mutable std::set<PackageWish> packages_;
    std::unique_ptr<RehearsalFolder> rehearsal_;
    std::map<std::string, std::string> rehearsed_files_;  ///< by path
    Transaction rehearsed_;                               ///< all of a dry run's transactions in one
    std::vector<AptChange> planned_;                      ///< what that would change
    mutable Known known_;
    mutable bool asked_ = false;         ///< some question was answered in this run, either way
    mutable bool file_written_ = false;  ///< since the helper was started last
    mutable std::string story_;
    mutable std::set<std::string> newer_;
    bool changed_ = false;  ///< packages, in this run
    AptSizes sizes_;
    AptProgress watcher_;
    std::chrono::seconds lock_wait_ = apt_lock_wait;
};

}  // namespace dray::host
