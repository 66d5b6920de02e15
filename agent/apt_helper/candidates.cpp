// What apt's policy would install: pins, holds, default release and phasing, and nothing of our own.
#include "apt_helper/candidates.h"

#include "apt_helper/library.h"
#include "apt_helper/version_rule.h"

#include <apt-pkg/cachefile.h>
#include <apt-pkg/pkgcache.h>
#include <apt-pkg/policy.h>
#include <spdlog/fmt/fmt.h>

#include <string>
#include <string_view>
#include <utility>

namespace dray::apt_helper {
namespace {

using host::PackageStatus;
using host::PackageWish;

constexpr std::size_t most_versions_told = 5;  // a message, not a catalogue

std::string installed_version(const pkgCache::PkgIterator& package) {
    if (package->CurrentState != pkgCache::State::Installed || package->CurrentVer == 0) return {};
    return package.CurrentVer().VerStr();
}

std::string join(const std::vector<std::string>& words) {
    std::string text;
    for (const std::string& word : words)
        text += (text.empty() ? "" : ", ") + word;
    return text;
}

/// "" for a real package; else who offers it.
std::string providers_text(const pkgCache::PkgIterator& package) {
    std::vector<std::string> names;
    for (auto provides = package.ProvidesList(); !provides.end() && names.size() < most_versions_told;
         ++provides)
        names.emplace_back(provides.OwnerPkg().Name());
    return names.empty() ? std::string() : " (it is a virtual package of " + join(names) + ")";
}

/// Looks for the version to have, and for the reason when there is none.
class Search {
  public:
    Search(pkgPolicy& policy, const pkgCache::PkgIterator& package, const PackageWish& wish)
        : policy_(policy), package_(package), wish_(wish), rule_(wish.version) {}

    PackageStatus run() {
        PackageStatus status;
        if (package_.end()) {
            status.reason = "no source has it";
            return status;
        }
        status.installed = installed_version(package_);
        status.candidate = wanted(status.installed);
        if (status.candidate.empty()) status.reason = why_none();
        const bool held = package_->SelectedState == pkgCache::State::Hold;
        if (held && wish_.hold == host::Hold::respect && status.candidate != status.installed) {
            status.candidate = status.installed;
            status.reason = "held";
        }
        return status;
    }

  private:
    std::string wanted(const std::string& installed) {
        const bool stays = wish_.hold == host::Hold::own && !installed.empty() && rule_.allows(installed);
        if (stays) return installed;
        return rule_.latest() ? latest() : highest();
    }

    std::string latest() {
        const auto version = policy_.GetCandidateVer(package_);
        return version.end() ? std::string() : version.VerStr();
    }

    /// libapt never takes a priority of 0 or less. Source: apt_preferences(5), "How APT Interprets
    /// Priorities".
    bool forbidden(const pkgCache::VerIterator& version) { return policy_.GetPriority(version) <= 0; }

    /// libapt lists versions from the highest to the lowest.
    std::string highest() {
        for (auto version = package_.VersionList(); !version.end(); ++version) {
            if (rule_.allows(version.VerStr()) && !forbidden(version)) return version.VerStr();
        }
        return {};
    }

    std::string why_none() {
        std::vector<std::string> fitting;
        std::vector<std::string> others;
        for (auto version = package_.VersionList(); !version.end(); ++version) {
            auto& list = rule_.allows(version.VerStr()) ? fitting : others;
            if (list.size() < most_versions_told) list.emplace_back(version.VerStr());
        }
        if (!fitting.empty()) return "apt's preferences forbid it (" + join(fitting) + ")";
        if (others.empty()) return "no source has it" + providers_text(package_);
        return fmt::format("no version fits \"{}\" (there are {})", wish_.version, join(others));
    }

    pkgPolicy& policy_;
    const pkgCache::PkgIterator& package_;
    const PackageWish& wish_;
    VersionRule rule_;
};

}  // namespace

std::map<PackageWish, PackageStatus> candidates(const std::vector<PackageWish>& wishes) {
    std::map<PackageWish, PackageStatus> answer;
    if (wishes.empty()) return answer;
    pkgCacheFile file;
    if (!file.BuildCaches(nullptr, false) || !file.BuildPolicy()) fail("cannot read apt's lists");
    take_errors();
    pkgCache& cache = file;
    for (const PackageWish& wish : wishes)
        answer[wish] = Search(*file.Policy, cache.FindPkg(wish.name), wish).run();
    return answer;
}

}  // namespace dray::apt_helper
