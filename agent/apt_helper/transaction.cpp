// A transaction from the locks to the last maintainer script.
#include "apt_helper/transaction.h"

#include "apt_helper/conffiles.h"
#include "apt_helper/download.h"
#include "apt_helper/library.h"
#include "apt_helper/lock.h"
#include "apt_helper/plan.h"
#include "apt_helper/stale_libraries.h"
#include "error.h"

#include <apt-pkg/algorithms.h>
#include <apt-pkg/configuration.h>
#include <apt-pkg/depcache.h>
#include <apt-pkg/error.h>
#include <apt-pkg/fileutl.h>
#include <apt-pkg/install-progress.h>
#include <apt-pkg/packagemanager.h>
#include <apt-pkg/pkgsystem.h>
#include <apt-pkg/progress.h>
#include <apt-pkg/statechanges.h>

#include <array>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>

namespace dray::apt_helper {
namespace {

// Between our look at the lock and libapt's own somebody may have been quicker.
constexpr int libapt_lock_seconds = 60;

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

/// Passes on whom libapt waits for, and nothing of its reading of lists.
class LockProgress final : public OpProgress {
  protected:
    void Update() override {
        if (!Op.starts_with("Waiting") || Op == told_) return;
        told_ = Op;
        say(Op);
    }

  private:
    std::string told_;
};

/// The steps of dpkg are in its own output already.
class QuietProgress final : public APT::Progress::PackageManager {};

/// dpkg's locks, so that a cache can be prepared under them; the cache takes them once more, which libapt
/// counts.
class PackageLock {
  public:
    explicit PackageLock(OpProgress& progress, const std::string& attempt) {
        if (!_system->Lock(&progress)) fail(attempt, "the next run tries again");
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

}  // namespace

void open_locked(pkgCacheFile& cache, KeptFiles& kept, std::chrono::seconds lock_wait) {
    constexpr auto attempt = "cannot open the package database";
    wait_until_free(dpkg_folder() / "lock-frontend", lock_wait);
    wait_until_free(dpkg_folder() / "lock", lock_wait);
    _config->Set("DPkg::Lock::Timeout", libapt_lock_seconds);
    LockProgress progress;
    const PackageLock lock(progress, attempt);
    kept.place();
    kept.offer(cache);
    if (!cache.Open(&progress, true)) fail(attempt, "the next run tries again");
    take_errors();
}

void apply_states(pkgCacheFile& cache) {
    if (!pkgApplyStatus(*cache)) fail("cannot finish what an interrupted dpkg left");
}

void commit(pkgCacheFile& cache, KeptFiles& kept, std::chrono::seconds lock_wait, DpkgRan& dpkg_ran,
            Conffiles conffiles) {
    constexpr auto attempt = "cannot change packages";
    configure_dpkg(conffiles);
    if (!RunScripts("APT::Install::Pre-Invoke")) fail(attempt);
    const std::unique_ptr<pkgPackageManager> manager(_system->CreatePM(&*cache));
    {
        Download download(cache, *manager, kept, lock_wait);
        download.check_space();
        download.run();
        download.check_archives();
        dpkg_ran.value = true;
        kept.leave(true);
        QuietProgress progress;
        _system->UnLockInner();  // dpkg takes that one itself
        const auto result = manager->DoInstall(&progress);
        const std::string errors = take_errors();
        // libapt would close the descriptor of the inner lock a second time, whatever it belongs to by then.
        if (!_system->LockInner()) take_errors();
        if (result != pkgPackageManager::Completed || !errors.empty())
            throw Error(attempt, errors.empty() ? "dpkg did not finish" : errors,
                        "the next run finishes what dpkg left");
        kept.leave(false);
    }
    if (!RunScripts("APT::Install::Post-Invoke-Success")) fail(attempt);
}

host::TransactionResult install(const host::Transaction& transaction, std::chrono::seconds lock_wait,
                                DpkgRan& dpkg_ran) {
    KeptFiles kept(transaction.files);
    pkgCacheFile cache;
    open_locked(cache, kept, lock_wait);
    apply_states(cache);
    solve(cache, transaction, kept);
    host::TransactionResult result;
    result.changes = planned_changes(cache);
    for (const auto& change : result.changes)
        say("plan: " + host::change_text(change));
    if (!result.changes.empty()) {
        const auto conffiles = transaction.replace_conffiles ? Conffiles::replace : Conffiles::keep;
        const ConffileWatch watch(conffiles == Conffiles::replace);
        commit(cache, kept, lock_wait, dpkg_ran, conffiles);
        watch.tell(result);
        result.outdated_services = programs_with_replaced_libraries();
    }
    set_holds(cache, transaction.hold);
    return result;
}

host::TransactionResult plan(const host::Transaction& transaction) {
    KeptFiles kept(transaction.files);
    kept.verify();
    pkgCacheFile cache;
    kept.offer(cache);
    if (!cache.Open(nullptr, false)) fail("cannot read apt's lists");
    take_errors();
    apply_states(cache);
    solve(cache, transaction, kept);
    return {.changes = planned_changes(cache)};
}

}  // namespace dray::apt_helper
