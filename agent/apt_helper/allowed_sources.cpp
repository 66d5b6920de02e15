// Packages that a recipe lets come from certain sources alone, whoever brings them into a plan.
#include "apt_helper/allowed_sources.h"

#include <apt-pkg/depcache.h>
#include <apt-pkg/policy.h>
#include <spdlog/fmt/fmt.h>

#include <utility>

namespace dray::apt_helper {
namespace {

// Source: apt_preferences(5), "How APT Interprets Priorities".
constexpr int downgrade_priority = 1000;

}  // namespace

AllowedSources::AllowedSources(pkgCacheFile& cache, std::map<std::string, std::set<std::string>> from)
    : cache_(cache), from_(std::move(from)) {
    if (!from_.empty()) sources_.emplace(cache);
}

bool AllowedSources::restricts(const std::string& name) const {
    return from_.contains(name.substr(0, name.find(':')));
}

bool AllowedSources::allows(const pkgCache::VerIterator& version) const {
    const auto found = from_.find(version.ParentPkg().Name());
    return found == from_.end() || sources_->offered_by(version, found->second);
}

void AllowedSources::limit_candidates() {
    bool removed = false;
    for (const auto& [name, sources] : from_) {
        auto group = cache_.GetPkgCache()->FindGrp(name);
        if (group.end()) continue;
        for (auto package = group.PackageList(); !package.end(); package = group.NextPkg(package)) {
            auto& state = cache_[package];
            const auto before = state.CandidateVerIter(cache_);
            if (before.end() || before.Index() == package.CurrentVer().Index() || allows(before)) continue;
            set_aside_.push_back(before);
            if (const auto candidate = candidate_of(package); !candidate.end()) {
                cache_->SetCandidateVersion(candidate);
                continue;
            }
            state.CandidateVer = nullptr;  // libapt has no call for "none"
            state.Update(package, *cache_.GetPkgCache());
            removed = true;
        }
    }
    if (removed) cache_->Update();  // what depends on them
}

/// As libapt chooses its candidate, see Choice.
pkgCache::VerIterator AllowedSources::candidate_of(const pkgCache::PkgIterator& package) const {
    const auto current = package.CurrentVer();
    pkgCache::VerIterator best(*package.Cache());
    int best_priority = 0;  // a priority of 0 or less is never taken
    for (auto version = package.VersionList(); !version.end(); ++version) {
        const int priority = cache_.Policy->GetPriority(version);
        const bool goes_back =
            !current.end() && version.CompareVer(current) < 0 && priority < downgrade_priority;
        if (priority <= best_priority || goes_back ||
            (version.Index() != current.Index() && !allows(version)))
            continue;
        best = version;
        best_priority = priority;
    }
    return best.end() ? current : best;
}

std::string AllowedSources::set_aside(std::string_view text) const {
    std::string found;
    for (const auto& version : set_aside_) {
        if (text.find(version.ParentPkg().Name()) == std::string_view::npos) continue;
        found += (found.empty() ? "" : ", ") + words(version);
    }
    return found;
}

std::string AllowedSources::objection_to(const pkgCache::PkgIterator& package) const {
    auto& state = cache_[package];
    const bool again = (state.iFlags & pkgDepCache::ReInstall) != 0;
    if (from_.empty() || state.Delete() || (state.Keep() && !again)) return {};
    const auto version = state.InstVerIter(cache_);
    if (version.end() || allows(version)) return {};
    return "take " + words(version);
}

/// "greeting 9 from other, which the recipe does not allow".
std::string AllowedSources::words(const pkgCache::VerIterator& version) const {
    std::string places;
    for (const auto& name : sources_->names(version))
        places += (places.empty() ? "" : ", ") + name;
    return fmt::format("{} {} from {}, which the recipe does not allow", version.ParentPkg().FullName(true),
                       version.VerStr(), places.empty() ? "a source without a name" : places);
}

}  // namespace dray::apt_helper
