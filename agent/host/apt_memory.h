// apt and dpkg held in memory, for unit tests: repositories with versions, sources with verdicts.
#pragma once

#include "error.h"
#include "host/apt.h"
#include "host/file.h"
#include "host/instants_memory.h"

#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace dray::host {

/// Why nothing can be asked while the network is cut.
constexpr std::string_view network_failure = "Network is unreachable";

/// What a test may say of the .deb of one version.
struct MemoryDeb {
    std::map<std::string, std::string> fields = {};  ///< "Dray-Schema-Floor", …
    /// The bytes of the file, which make its hash; "" for a text of name and version.
    std::string content = {};
    /// Why its maintainer script fails each time that it is to be configured; "" when it does not.
    std::string defect = {};
    /// A package that comes with it and has to be downloaded, too; "" for none.
    std::string depends = {};
};

/// A host whose sources are the .sources files in `files`, and repositories that a test fills. Of preferences
/// it knows pins of packages by name to versions: above 0 preferred to others, below forbidden.
class MemoryApt final : public Apt {
  public:
    explicit MemoryApt(Files& files) : files_(files) {}

    void expect_source(const std::string& name, std::chrono::seconds max_age = default_max_age) override;
    void expect_package(const PackageWish& wish) override;
    void rehearse() override;
    void file_changed(const std::filesystem::path& path, std::string_view content) override;
    PackageStatus status(const PackageWish& wish) const override;
    std::vector<SourceVerdict> verdicts() const override;
    std::set<std::string> newer() const override { return newer_; }
    std::string story() const override { return refreshed_ ? "asked apt: it is played by a test" : ""; }
    std::string installed(const std::string& package) const override;
    bool held(const std::string& package) const override;
    bool has_leftovers(const std::string& package) const override;
    std::string installed_field(const std::string& package, const std::string& field) const override;
    void download(const Transaction& transaction, const AptProgress& progress) override;
    KeptPackage fetch(const std::string& package, const std::string& version,
                      const std::filesystem::path& folder, const AptProgress& progress) override;
    TransactionResult apply(const Transaction& transaction, const AptProgress& progress) override;
    AptExplanation explain(const PackageWish& wish) const override;
    bool needs_repair() const override { return !broken_.empty() || half_.has_value(); }
    std::vector<std::string> repair(const AptProgress& progress,
                                    const std::vector<KeptPackage>& kept = {}) override;

    /// Test's hand: a version appears in the repository behind the source; the host sees it after a refresh.
    /// Publishing a version again replaces its .deb.
    void publish(const std::string& source, const std::string& package, const std::string& version,
                 MemoryDeb deb = {});
    /// Test's hand: the version disappears from the repository; the host sees it after a refresh.
    void withdraw(const std::string& source, const std::string& package, const std::string& version);
    /// Test's hand: a version that the distribution has always had, and that no refresh is needed for.
    void add_version(const std::string& package, const std::string& version, MemoryDeb deb = {});
    /// Test's hand: the distribution has that version no more.
    void remove_version(const std::string& package, const std::string& version) {
        distribution_[package].erase(version);
    }
    /// Test's hand: what a refresh of this source finds from now on.
    void set_verdict(const std::string& source, Freshness freshness, const std::string& message);
    /// Test's hand: the package is installed already.
    void put_installed(const std::string& package, const std::string& version, MemoryDeb deb = {}) {
        dpkg_.installed[package] = version;
        debs_[{package, version}] = std::move(deb);
    }
    /// Test's hand: from now on (or, with false, no longer) no repository answers. What is downloaded already
    /// lies in apt's archives: everything that was installed through this object from a source.
    void cut_network(bool cut = true) { cut_ = cut; }
    /// Test's hand: `apt-get clean`.
    void clean_archives() { archives_.clear(); }
    /// Test's hand: `apt-mark hold`.
    void put_held(const std::string& package) { dpkg_.held.insert(package); }
    /// Test's hand: the two cannot be installed together.
    void add_conflict(const std::string& package, const std::string& other) { conflicts_[package] = other; }
    /// Test's hand: each version of the package brings this conffile anew, and it was changed on the host.
    void change_conffile(const std::string& package, const std::string& path) { conffiles_[package] = path; }
    /// Test's hand: the next apply fails with this cause, and changes nothing.
    void fail_next_apply(const std::string& cause) { next_failure_ = cause; }
    /// Test's hand: the next apply fails with this cause when it has removed the old versions and not yet
    /// configured the new ones: `installed` has neither, needs_repair() says so, and repair() finishes it.
    void interrupt_next_apply(const std::string& cause) { next_interruption_ = cause; }
    /// Test's hand: the next fetch fails with this cause.
    void fail_next_fetch(const std::string& cause) { next_fetch_failure_ = cause; }
    /// Test's hand: the next repair fails with this cause, and leaves everything as it was.
    void fail_next_repair(const std::string& cause) { next_repair_failure_ = cause; }
    /// Test's hand: the repository has replaced a file that the host's lists still name, and the next
    /// download or apply is told so.
    void outdate_lists(const std::string& source, const std::string& package, const std::string& version) {
        outdated_ = [=, this] { publish(source, package, version); };
    }
    /// Test's hand: an earlier dpkg was interrupted; repair() answers these lines.
    void interrupt(std::vector<std::string> repairs) { broken_ = std::move(repairs); }
    /// Test's hand: called after each change, to put a package's files on the host, say.
    void on_apply(std::function<void(const Transaction&)> action) { after_ = std::move(action); }
    /// Test's hand: a new run begins, as a new process would see it.
    void begin_run();

    /// Each change is told to `instants`, which is to outlive this.
    void watch(const Instants& instants) { instants_ = &instants; }
    /// What was changed, in order.
    const std::vector<Transaction>& applied() const { return applied_; }
    /// The sources that this run expects, and how old the lists of each may be before that is worth a
    /// warning.
    const std::map<std::string, std::chrono::seconds>& expected_sources() const { return expected_; }
    /// How often sources were refreshed.
    int refreshes() const { return refreshes_; }
    /// The SHA-256 of the .deb that a version has now.
    std::string sha256_of(const std::string& package, const std::string& version) const;

  private:
    using Versions = std::map<std::string, std::set<std::string>>;  ///< package to versions

    /// What dpkg has on record.
    struct Dpkg {
        std::map<std::string, std::string> installed;
        std::set<std::string> held;
        std::set<std::string> leftovers;
    };
    using VersionOf = std::pair<std::string, std::string>;  ///< package and version
    /// A record of preferences.d.
    struct Pin {
        std::string pin;
        int priority = 0;
    };

    Dpkg& dpkg() { return rehearsing_ ? planned_ : dpkg_; }
    const Dpkg& dpkg() const { return rehearsing_ ? planned_ : dpkg_; }
    std::string text(const std::string& path) const;
    std::vector<Pin> pins(const std::string& package) const;
    std::string candidate(const PackageWish& wish, const std::set<std::string>& versions) const;
    PackageWish allowed(const Transaction& transaction, const std::string& package) const;
    void check(const Transaction& transaction, const std::string& attempt) const;
    void throw_outdated(const std::string& attempt);
    void check_file(const KeptPackage& file) const;
    void check_download(const std::string& package, const std::string& version,
                        const std::string& attempt) const;
    std::vector<VersionOf> needed(const Transaction& transaction) const;
    bool offered(const std::string& package, const std::string& version) const;
    std::string current(const std::string& package) const;
    MemoryDeb deb(const std::string& package, const std::string& version) const;
    std::string content(const std::string& package, const std::string& version) const;
    std::map<std::string, std::string> left_beside(const Transaction& transaction) const;
    void leave_half(const Transaction& transaction);
    bool source_exists(const std::string& name) const;
    void refresh() const;
    std::set<std::string> visible(const std::string& package) const;
    std::set<std::string> visible(const PackageWish& wish) const;

    Files& files_;
    std::map<std::string, std::chrono::seconds> expected_;  ///< how old their lists may be
    std::map<std::string, std::set<std::string>> allowed_;  ///< sources by package, as expected
    bool rehearsing_ = false;
    std::map<std::string, std::string> rehearsed_;  ///< texts by path
    std::map<std::string, Versions> repositories_;  ///< by source
    Versions distribution_;
    std::map<VersionOf, MemoryDeb> debs_;
    std::map<VersionOf, std::string> archives_;  ///< content
    bool cut_ = false;
    std::map<std::string, SourceVerdict> found_;
    Dpkg dpkg_;
    Dpkg planned_;  ///< a dry run's
    std::map<std::string, std::string> conflicts_;
    std::map<std::string, std::string> conffiles_;
    std::string next_failure_;
    std::string next_interruption_;
    std::string next_fetch_failure_;
    std::string next_repair_failure_;
    std::optional<Transaction> half_;  ///< unpacked, and not yet configured
    std::function<void()> outdated_;   ///< what the repository has then
    std::vector<std::string> broken_;
    std::function<void(const Transaction&)> after_;
    std::vector<Transaction> applied_;

    mutable std::map<std::string, Versions> lists_;  ///< what the last good refresh of each source brought
    mutable std::vector<SourceVerdict> verdicts_;
    mutable std::set<std::string> newer_;
    mutable bool refreshed_ = false;
    mutable int refreshes_ = 0;
    const Instants nobody_{};
    const Instants* instants_ = &nobody_;
};

}  // namespace dray::host
