// A transaction from the locks to the last maintainer script.
#include "apt_helper/transaction.h"

#include "apt_helper/archives.h"
#include "apt_helper/conffiles.h"
#include "apt_helper/dpkg_journal.h"
#include "apt_helper/library.h"
#include "apt_helper/lock.h"
#include "apt_helper/plan.h"
#include "apt_helper/script_limit.h"
#include "apt_helper/stale_libraries.h"
#include "error.h"
#include "host/apt_progress.h"
#include "host/dpkg_failure.h"

#include <apt-pkg/algorithms.h>
#include <apt-pkg/configuration.h>
#include <apt-pkg/depcache.h>
#include <apt-pkg/error.h>
#include <apt-pkg/fileutl.h>
#include <apt-pkg/install-progress.h>
#include <apt-pkg/packagemanager.h>
#include <apt-pkg/pkgsystem.h>
#include <apt-pkg/statechanges.h>
#include <spdlog/fmt/fmt.h>

#include <signal.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace dray::apt_helper {
namespace {

// Somebody else changes something while dpkg's locks are waited for; twice in a row it is not worth it.
constexpr int most_plans = 2;

void configure_dpkg(Conffiles conffiles) {
    // The log is our standard output. A pseudo-terminal would make maintainer scripts wait for somebody to
    // type.
    _config->Set("Dpkg::Use-Pty", false);
    // dpkg(1), --force-things: the default action, which confdef asks for, would be to keep.
    constexpr std::array keep = {"--force-confdef", "--force-confold", "--no-force-confnew"};
    constexpr std::array replace = {"--no-force-confdef", "--no-force-confold", "--force-confnew"};
    for (const char* option : conffiles == Conffiles::keep ? keep : replace)
        _config->Set("Dpkg::Options::", option);
    if (conffiles == Conffiles::keep) return;
    ::unsetenv("UCF_FORCE_CONFFOLD");  // ucf(1)
    ::setenv("UCF_FORCE_CONFFNEW", "1", 1);
}

/// While dpkg is at work, SIGTERM (of a shutdown, say) ends nothing: systemd sends it to this process alone
/// and waits. It is handled and not ignored, as what is ignored dpkg and all its scripts would ignore too.
class DpkgFirst {
  public:
    DpkgFirst() {
        struct sigaction action {};
        action.sa_handler = [](int) {};
        action.sa_flags = SA_RESTART;
        ::sigaction(SIGTERM, &action, &before_);
    }
    ~DpkgFirst() { ::sigaction(SIGTERM, &before_, nullptr); }
    DpkgFirst(const DpkgFirst&) = delete;
    DpkgFirst& operator=(const DpkgFirst&) = delete;

  private:
    struct sigaction before_ {};
};

/// How many of dpkg's steps are done; which ones is in its own output. And what it says of those that fail.
class DpkgProgress final : public APT::Progress::PackageManager {
  public:
    bool StatusChanged(std::string, unsigned int done, unsigned int all, std::string action) override {
        scripts_.begin_step();
        const int percent = all == 0 ? 0 : static_cast<int>(std::min(done, all) * 100 / all);
        if (percent == told_) return true;
        told_ = percent;
        say(host::progress_line({.percent = percent, .words = "dpkg: " + action}));
        return true;
    }
    void Error(std::string, unsigned int, unsigned int, std::string words) override {
        failures_ += words + "\n";
    }
    void Pulse() override { scripts_.look(); }
    const std::string& failures() const { return failures_; }

  private:
    int told_ = -1;
    std::string failures_;
    ScriptWatch scripts_{script_limit()};
};

/// dpkg's locks, so that a cache can be prepared under them; the cache takes them once more, which libapt
/// counts.
class PackageLock {
  public:
    PackageLock(LockPatience& patience, const std::string& attempt) {
        // Waiting is done here, where all locks share one patience and the holder is told with command and
        // age.
        _config->Set("DPkg::Lock::Timeout", 0);
        lock_by_libapt({dpkg_folder() / "lock-frontend", dpkg_folder() / "lock"}, patience, attempt,
                       [] { return _system->Lock(nullptr); });
    }
    ~PackageLock() { _system->UnLock(true); }
    PackageLock(const PackageLock&) = delete;
    PackageLock& operator=(const PackageLock&) = delete;
};

/// Sets and ends holds. Source: dpkg(1), --set-selections.
void set_holds(pkgCacheFile& cache, const std::map<std::string, bool>& holds) {
    APT::StateChanges states;
    for (const auto& [name, held] : holds) {
        const auto package = cache.GetPkgCache()->FindPkg(name);
        if (package.end()) continue;
        // The cache is as it was before dpkg ran, and a package that dpkg has installed is held no more.
        const bool is_held = !cache[package].Install() && package->SelectedState == pkgCache::State::Hold;
        if (is_held == held) continue;
        const auto planned = cache[package].InstVerIter(cache);
        const auto version = planned.end() ? package.CurrentVer() : planned;
        if (version.end()) continue;
        held ? states.Hold(version) : states.Unhold(version);
        say((held ? "hold " : "unhold ") + name);
    }
    if (states.empty()) return;
    _system->UnLockInner();  // dpkg takes that one itself
    const bool saved = states.Save();
    const std::string errors = take_errors();
    if (!_system->LockInner()) take_errors();
    if (!saved) throw Error("cannot hold or unhold packages", errors.empty() ? "dpkg refused" : errors);
}

/// What was planned and downloaded before dpkg's locks were taken.
struct Ahead {
    std::vector<host::AptChange> changes;
    CheckedArchives checked;
    std::int64_t download = 0;  ///< bytes
};

/// Solves the transaction without dpkg's locks. Kept files are taken where they are.
void solve_unlocked(pkgCacheFile& cache, const host::Transaction& transaction, KeptFiles& kept) {
    kept.verify();
    kept.offer(cache);
    if (!cache.Open(nullptr, false)) fail("cannot read apt's lists");
    take_errors();
    apply_states(cache);
    solve(cache, transaction, kept);
}

Blocks blocks_of(const host::Transaction& transaction) {
    return transaction.use_reserved_blocks ? Blocks::reserved_too : Blocks::everybodys;
}

/// Nobody gets more than what they were shown. Throws host::BeyondPlan.
void keep_to_announced(const host::Transaction& transaction, const std::vector<host::AptChange>& changes) {
    const auto more = host::unannounced(transaction, changes);
    if (!more.empty())
        throw host::BeyondPlan(
            "cannot change packages",
            fmt::format("apt would also {}, which the plan does not have", host::changes_text(more)),
            "nothing was changed; see what has moved, and make a new plan");
}

/// A server may be slow, and others may want to use dpkg meanwhile: only apt's archives are locked.
Ahead download_ahead(const host::Transaction& transaction, LockPatience& patience) {
    Ahead ahead;
    KeptFiles kept(transaction.files);
    pkgCacheFile cache;
    solve_unlocked(cache, transaction, kept);
    ahead.changes = planned_changes(cache);
    keep_to_announced(transaction, ahead.changes);
    if (ahead.changes.empty()) return ahead;
    ahead.download = planned_sizes(cache, kept).download;
    Download download(cache, kept, patience, ahead.checked);
    download.check_space(blocks_of(transaction));
    download.run();
    download.check_sources(transaction.from);
    download.check_archives(blocks_of(transaction));
    return ahead;
}

/// Nothing when other changes than those planned ahead would be made by the time dpkg's locks are had: what
/// they need was neither downloaded nor looked at, and the locks are free again.
std::optional<host::TransactionResult> install_as_planned(const host::Transaction& transaction,
                                                          LockPatience& patience, DpkgRan& dpkg_ran) {
    Ahead ahead = download_ahead(transaction, patience);
    Manner manner{.conffiles = transaction.replace_conffiles ? Conffiles::replace : Conffiles::keep,
                  .from = transaction.from,
                  .checked = std::move(ahead.checked),
                  .blocks = blocks_of(transaction)};
    KeptFiles kept(transaction.files);
    pkgCacheFile cache;
    open_locked(cache, kept, patience);
    apply_states(cache);
    solve(cache, transaction, kept);
    host::TransactionResult result;
    result.changes = planned_changes(cache);
    result.sizes = planned_sizes(cache, kept);
    result.sizes.download += ahead.download;
    keep_to_announced(transaction, result.changes);
    if (const auto more = host::beyond(ahead.changes, result.changes); !more.empty()) {
        say("planning again: by the time dpkg's locks were free, apt would also " + host::changes_text(more));
        return std::nullopt;
    }
    for (const auto& change : result.changes)
        say("plan: " + host::change_text(change));
    if (const auto sizes = host::sizes_text(result.sizes); !sizes.empty()) say("plan: " + sizes);
    if (!result.changes.empty()) {
        const ConffileWatch watch(manner.conffiles == Conffiles::replace);
        try {
            commit(cache, kept, patience, dpkg_ran, std::move(manner));
        } catch (const Error&) {
            if (dpkg_ran.value) tell_beside(watch, dpkg_ran.left);
            throw;
        }
        prune_archives(result.changes);
        tell_beside(watch, result);
    }
    set_holds(cache, transaction.hold);
    return result;
}

}  // namespace

void tell_beside(const ConffileWatch& watch, host::TransactionResult& result) {
    try {
        watch.tell(result);
        result.outdated_services = programs_with_replaced_libraries();
    } catch (const std::exception& error) {
        say(error.what());  // what was done, or has failed, matters more
    }
}

void open_locked(pkgCacheFile& cache, KeptFiles& kept, LockPatience& patience) {
    constexpr auto attempt = "cannot open the package database";
    const PackageLock lock(patience, attempt);
    kept.place();
    kept.offer(cache);
    if (!cache.Open(nullptr, true)) fail(attempt, "the next run tries again");
    take_errors();
}

void apply_states(pkgCacheFile& cache) {
    if (!pkgApplyStatus(*cache)) fail("cannot finish what an interrupted dpkg left");
}

void commit(pkgCacheFile& cache, KeptFiles& kept, LockPatience& patience, DpkgRan& dpkg_ran, Manner manner) {
    constexpr auto attempt = "cannot change packages";
    configure_dpkg(manner.conffiles);
    if (!RunScripts("APT::Install::Pre-Invoke")) fail(attempt);
    const std::unique_ptr<pkgPackageManager> manager(_system->CreatePM(&*cache));
    {
        Download download(cache, *manager, kept, patience, manner.checked);
        download.check_space(manner.blocks);
        download.run();
        download.check_sources(manner.from);
        download.check_archives(manner.blocks);
        manner.checked.end_sync();
        dpkg_ran.value = true;
        kept.leave(true);
        DpkgProgress progress;
        const DpkgFirst dpkg_first;
        _system->UnLockInner();  // dpkg takes that one itself
        const auto result = manager->DoInstall(&progress);
        const std::string errors = take_errors();
        // libapt would close the descriptor of the inner lock a second time, whatever it belongs to by then.
        if (!_system->LockInner()) take_errors();
        if (result != pkgPackageManager::Completed || !errors.empty())
            throw Error(attempt, errors.empty() ? "dpkg did not finish" : errors,
                        host::hint_after_dpkg(progress.failures()));
        kept.leave(false);
    }
    if (!RunScripts("APT::Install::Post-Invoke-Success")) fail(attempt);
}

host::TransactionResult install(const host::Transaction& transaction, LockPatience& patience,
                                DpkgRan& dpkg_ran) {
    // Left by the transaction that is taken back, say, which has filled the disk.
    apply_journal(patience);
    for (int attempt = 0; attempt < most_plans; ++attempt)
        if (auto result = install_as_planned(transaction, patience, dpkg_ran)) return std::move(*result);
    throw host::BeyondPlan("cannot change packages",
                           "what apt would change became more each time that dpkg's locks were waited for",
                           "nothing was changed; the next run plans again");
}

void download(const host::Transaction& transaction, LockPatience& patience) {
    download_ahead(transaction, patience).checked.end_sync();
}

host::TransactionResult plan(const host::Transaction& transaction) {
    KeptFiles kept(transaction.files);
    pkgCacheFile cache;
    solve_unlocked(cache, transaction, kept);
    return {.changes = planned_changes(cache), .sizes = planned_sizes(cache, kept)};
}

}  // namespace dray::apt_helper
