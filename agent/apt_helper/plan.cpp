// A transaction solved by libapt, and refused when it would do what nobody asked for.
#include "apt_helper/plan.h"

#include "apt_helper/allowed_sources.h"
#include "apt_helper/archives.h"
#include "apt_helper/library.h"
#include "error.h"

#include <apt-pkg/algorithms.h>
#include <apt-pkg/depcache.h>
#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <map>
#include <set>
#include <system_error>
#include <utility>

namespace dray::apt_helper {
namespace {

using host::AptChange;
using host::Transaction;

void append(std::string& text, std::string_view separator, std::string_view more) {
    if (!text.empty()) text += separator;
    text += more;
}

/// "install warehouse 26.11.3 and remove nginx".
std::string attempt_text(const Transaction& transaction) {
    std::string text;
    for (const auto& [name, version] : transaction.install)
        append(text, ", ", fmt::format("{} {}", name, version));
    if (!text.empty()) text.insert(0, "install ");
    std::string removed;
    for (const std::string& name : transaction.remove)
        append(removed, ", ", name);
    if (!removed.empty()) append(text, " and ", (transaction.purge ? "purge " : "remove ") + removed);
    return "cannot " + text;
}

bool is_essential(const pkgCache::PkgIterator& package) {
    return (package->Flags & (pkgCache::Flag::Essential | pkgCache::Flag::Important)) != 0;
}

std::string name_of(const pkgCache::PkgIterator& package) {
    return package.FullName(true);
}

std::string version_text(const pkgCache::VerIterator& version) {
    return version.end() ? std::string() : version.VerStr();
}

/// Why `target` does not meet a dependency.
std::string target_text(pkgCacheFile& cache, const pkgCache::PkgIterator& target) {
    const auto planned = cache[target].InstVerIter(cache);
    if (!planned.end()) return fmt::format("{} would be there", planned.VerStr());
    if (cache[target].CandidateVerIter(cache).end()) return "no source has it";
    return "it would not be installed";
}

/// The unmet dependencies of one package, each as "a (>= 1) or b: why".
std::string unmet_text(pkgCacheFile& cache, const pkgCache::VerIterator& version) {
    std::string text;
    for (auto dependency = version.DependsList(); !dependency.end();) {
        pkgCache::DepIterator first;
        pkgCache::DepIterator last;
        dependency.GlobOr(first, last);  // goes on to the next group
        if (!cache->IsImportantDep(last)) continue;
        if ((cache[last] & pkgDepCache::DepGInstall) == pkgDepCache::DepGInstall) continue;
        std::string group;
        for (auto choice = first;; ++choice) {
            const auto target = choice.TargetPkg();
            std::string wanted = name_of(target);
            if (choice.TargetVer() != nullptr)
                wanted += fmt::format(" ({} {})", choice.CompType(), choice.TargetVer());
            append(group, " or ", fmt::format("{}: {}", wanted, target_text(cache, target)));
            if (choice.Index() == last.Index()) break;
        }
        append(text, "; ", fmt::format("{} {}", last.DepType(), group));
    }
    return text;
}

/// A kept file stands for itself, wherever its version is offered.
std::map<std::string, std::set<std::string>> from_without_kept(const Transaction& transaction,
                                                               const KeptFiles& kept) {
    auto from = transaction.from;
    std::erase_if(from, [&](const auto& each) { return kept.contains(each.first); });
    return from;
}

class Solver {
  public:
    Solver(pkgCacheFile& cache, const Transaction& transaction, const KeptFiles& kept)
        : cache_(cache),
          transaction_(transaction),
          kept_(kept),
          resolver_(&*cache),
          sources_(cache, from_without_kept(transaction, kept)) {}

    void run() {
        sources_.limit_candidates();
        {
            const pkgDepCache::ActionGroup group(
                *cache_);  // libapt counts what has become unneeded once, at its end
            for (const std::string& name : transaction_.remove)
                mark_removal(name);
            for (const auto& [name, version] : transaction_.install)
                mark_install(name, version);
            // Only when all the named versions are fixed can dependencies between them be told from new ones.
            for (const auto& package : installs_)
                cache_->MarkInstall(package, true);
        }
        const bool solved = resolver_.Resolve(true) && cache_->BrokenCount() == 0;
        const std::string errors = take_errors();
        if (!solved) {
            std::string cause = broken_text(cache_);
            if (cause.empty()) cause = errors;
            if (const auto others = sources_.set_aside(cause); !others.empty()) append(cause, "; ", others);
            refuse(cause, "apt-get install --simulate shows apt's own view");
        }
        check_versions();
        check_others();
    }

  private:
    [[noreturn]] void refuse(std::string cause, std::string hint) const {
        throw Error(attempt_text(transaction_), std::move(cause), std::move(hint));
    }

    pkgCache::PkgIterator find(const std::string& name) const { return cache_.GetPkgCache()->FindPkg(name); }

    void mark_removal(const std::string& name) {
        const auto package = find(name);
        if (package.end()) return;
        const bool leftovers = transaction_.purge && package->CurrentState == pkgCache::State::ConfigFiles;
        if (package->CurrentVer == 0 && !leftovers) return;
        if (is_essential(package)) refuse(name + " is essential to every host", "take it out of the recipe");
        removals_.push_back(package);
        resolver_.Clear(package);
        resolver_.Protect(package);
        resolver_.Remove(package);
        cache_->MarkDelete(package, transaction_.purge);
    }

    void mark_install(const std::string& name, const std::string& wanted) {
        const auto package = find(name);
        if (package.end()) refuse(name + " is in no source", "check the sources and their lists");
        const auto version = find_version(package, wanted, [&](const pkgCache::VerIterator& each) {
            if (kept_.contains(name)) return kept_.bring(name, each);
            return sources_.allows(each);
        });
        if (version.end() && !kept_.contains(name) && !find_version(package, wanted).end())
            refuse(fmt::format("{} {} is in none of the sources that the recipe allows", name, wanted),
                   "see `from` of all resources that have this package: one of them limits it for all");
        if (version.end())
            refuse(fmt::format("{} is in no source at version {}", name, wanted),
                   "the lists may have changed since it was chosen; the next run chooses again");
        installs_.push_back(package);
        cache_->SetCandidateVersion(version);
        resolver_.Clear(package);
        resolver_.Protect(package);
        cache_->MarkInstall(package, false);
        // What a recipe names is wanted for itself: autoremove must not take it away.
        cache_->MarkAuto(package, false);
    }

    void check_versions() const {
        for (const auto& package : installs_) {
            const auto& wanted = transaction_.install.at(named(package));
            const auto planned = version_text(cache_[package].InstVerIter(cache_));
            if (planned != wanted)
                refuse(fmt::format("apt would rather have {} {}", name_of(package),
                                   planned.empty() ? "not installed" : "at " + planned),
                       "apt-cache policy shows what is in its way");
        }
    }

    /// The name by which the transaction knows the package ("foo" and "foo:amd64" may be the same one).
    std::string named(const pkgCache::PkgIterator& package) const {
        for (const auto& [name, version] : transaction_.install) {
            if (find(name).Index() == package.Index()) return name;
        }
        return {};
    }

    static bool contains(const std::vector<pkgCache::PkgIterator>& packages,
                         const pkgCache::PkgIterator& package) {
        return std::find(packages.begin(), packages.end(), package) != packages.end();
    }

    void check_others() const {
        std::string objections;
        for (auto package = cache_->PkgBegin(); !package.end(); ++package) {
            const std::string objection = objection_to(package);
            if (!objection.empty()) append(objections, ", ", objection);
        }
        if (!objections.empty())
            refuse("apt would " + objections,
                   "nothing was changed; a recipe may name what is to be removed (may_remove), allow a "
                   "downgrade or another source (from), and `apt-mark unhold` ends a hold");
    }

    std::string objection_to(const pkgCache::PkgIterator& package) const {
        auto& state = cache_[package];
        if (state.Keep() && (state.iFlags & pkgDepCache::ReInstall) == 0) return {};
        const std::string name = name_of(package);
        if (state.Delete()) {
            const bool was_under_way = package->SelectedState == pkgCache::State::DeInstall ||
                                       package->SelectedState == pkgCache::State::Purge;
            const bool allowed = contains(removals_, package) || transaction_.may_remove.contains(name);
            if (allowed && !is_essential(package)) return {};
            return was_under_way ? std::string() : "remove " + name;
        }
        const bool own = contains(installs_, package) && transaction_.hold.contains(named(package));
        if (package->SelectedState == pkgCache::State::Hold && !own) return "change the held " + name;
        if (state.Downgrade() && !(contains(installs_, package) && transaction_.allow_downgrade)) {
            return fmt::format("downgrade {} from {} to {}", name, version_text(package.CurrentVer()),
                               version_text(state.InstVerIter(cache_)));
        }
        return sources_.objection_to(package);
    }

    pkgCacheFile& cache_;
    const Transaction& transaction_;
    const KeptFiles& kept_;
    mutable pkgProblemResolver resolver_;
    AllowedSources sources_;
    std::vector<pkgCache::PkgIterator> installs_;
    std::vector<pkgCache::PkgIterator> removals_;
};

}  // namespace

pkgCache::VerIterator find_version(const pkgCache::PkgIterator& package, const std::string& wanted,
                                   const std::function<bool(const pkgCache::VerIterator&)>& allowed) {
    const auto current = package.CurrentVer();
    if (!current.end() && package->CurrentState == pkgCache::State::Installed && current.VerStr() == wanted)
        return current;
    auto found = package.VersionList();
    pkgCache::VerIterator fallback(*package.Cache());
    for (; !found.end(); ++found) {
        if (found.VerStr() != wanted || (allowed && !allowed(found))) continue;
        if (found.Downloadable()) return found;
        if (fallback.end()) fallback = found;
    }
    return fallback;
}

std::string broken_text(pkgCacheFile& cache) {
    std::string text;
    for (auto package = cache->PkgBegin(); !package.end(); ++package) {
        if (!cache[package].InstBroken()) continue;
        const auto version = cache[package].InstVerIter(cache);
        if (version.end()) continue;
        append(text, "; ",
               fmt::format("{} {} {}", name_of(package), version.VerStr(), unmet_text(cache, version)));
    }
    return text;
}

std::vector<AptChange> planned_changes(pkgCacheFile& cache) {
    std::vector<AptChange> changes;
    for (auto package = cache->PkgBegin(); !package.end(); ++package) {
        auto& state = cache[package];
        const bool again = (state.iFlags & pkgDepCache::ReInstall) != 0;
        if (state.Keep() && !again) continue;
        const auto from = version_text(package.CurrentVer());
        const auto to = state.Delete() ? std::string() : version_text(state.InstVerIter(cache));
        changes.push_back({name_of(package), from, to});
    }
    std::sort(changes.begin(), changes.end(),
              [](const AptChange& left, const AptChange& right) { return left.name < right.name; });
    return changes;
}

host::AptSizes planned_sizes(pkgCacheFile& cache, const KeptFiles& kept) {
    host::AptSizes sizes{.growth = static_cast<std::int64_t>(cache->UsrSize())};
    for (auto package = cache->PkgBegin(); !package.end(); ++package) {
        auto& state = cache[package];
        const auto version = state.InstVerIter(cache);
        const bool again = (state.iFlags & pkgDepCache::ReInstall) != 0;
        if (version.end() || state.Delete() || (state.Keep() && !again)) continue;
        if (kept.contains(package.Name())) continue;
        std::error_code missing;
        const auto there = std::filesystem::file_size(archive_file(version), missing);
        if (missing || there != version->Size) sizes.download += static_cast<std::int64_t>(version->Size);
    }
    return sizes;
}

void solve(pkgCacheFile& cache, const Transaction& transaction, const KeptFiles& kept) {
    Solver(cache, transaction, kept).run();
}

}  // namespace dray::apt_helper
