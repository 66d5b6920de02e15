// The version of one package that a recipe's wish leads to, and why it is that one.
#include "apt_helper/choice.h"

#include "apt_helper/index_record.h"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <vector>

namespace dray::apt_helper {
namespace {

using host::AptExplanation;
using host::ExplainedVersion;
using host::PackageStatus;

constexpr std::size_t most_versions_told = 5;  // a message, not a catalogue
// Source: apt_preferences(5), "APT's Default Priority Assignments".
constexpr int goes_back_from = 1000;
constexpr int default_priorities[] = {1, 100, 500, 990};

template <typename Words>
std::string join(const Words& words) {
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

/// "priority 700, by a pin".
std::string priority_text(int priority) {
    const bool by_default = std::ranges::find(default_priorities, priority) != std::end(default_priorities);
    return fmt::format("priority {}{}", priority, by_default ? "" : ", by a pin");
}

}  // namespace

Choice::Choice(pkgCacheFile& cache, pkgRecords& records, const SourceFiles& sources,
               const host::PackageWish& wish)
    : cache_(cache),
      records_(records),
      policy_(*cache.Policy),
      package_(cache.GetPkgCache()->FindPkg(wish.name)),
      sources_(sources),
      wish_(wish),
      rule_(wish.version) {}

PackageStatus Choice::status() const {
    PackageStatus status;
    if (package_.end()) {
        status.reason = "no source has it";
        return status;
    }
    status.installed = installed();
    status.candidate = wanted(status.installed);
    if (status.candidate.empty()) status.reason = why_none();
    if (held() && wish_.hold == host::Hold::respect && status.candidate != status.installed) {
        status.candidate = status.installed;
        status.reason = "held";
    }
    describe_candidate(status);
    return status;
}

/// There may be two versions of the same number: as it is installed, and as a source has it.
void Choice::describe_candidate(PackageStatus& status) const {
    for (auto version = package_.VersionList(); !version.end(); ++version) {
        if (version.VerStr() != status.candidate || !acceptable(version)) continue;
        if (status.sha256.empty()) status.sha256 = index_sha256(cache_, records_, version);
        if (status.schema_floor.empty())
            status.schema_floor = record_field(records_, version, host::schema_floor_field);
    }
}

std::string Choice::installed() const {
    if (package_->CurrentState != pkgCache::State::Installed || package_->CurrentVer == 0) return {};
    return package_.CurrentVer().VerStr();
}

bool Choice::is_installed(const pkgCache::VerIterator& version) const {
    return !installed().empty() && version.Index() == package_.CurrentVer().Index();
}

bool Choice::held() const {
    return package_->SelectedState == pkgCache::State::Hold;
}

int Choice::priority(const pkgCache::VerIterator& version) const {
    return policy_.GetPriority(version);
}

/// What is installed may stay, wherever it came from.
bool Choice::acceptable(const pkgCache::VerIterator& version) const {
    return wish_.from.empty() || is_installed(version) || sources_.offered_by(version, wish_.from);
}

/// Whether it is lower than what is installed, and apt would not go back to it. A wish that what is installed
/// does not fit asks to go back.
bool Choice::goes_back(const pkgCache::VerIterator& version) const {
    return !installed().empty() && rule_.allows(installed()) &&
           version.CompareVer(package_.CurrentVer()) < 0 && priority(version) < goes_back_from;
}

std::string Choice::wanted(const std::string& installed) const {
    const bool stays = wish_.hold == host::Hold::own && !installed.empty() && rule_.allows(installed);
    if (stays) return installed;
    const bool as_apt = rule_.latest() && wish_.from.empty();
    const auto version = as_apt ? policy_.GetCandidateVer(package_) : best();
    return version.end() ? std::string() : version.VerStr();
}

/// As libapt chooses its candidate, the highest priority first, among those that fit the wish and that its
/// sources offer. It lists versions from the highest to the lowest.
pkgCache::VerIterator Choice::best() const {
    auto version = package_.VersionList();
    pkgCache::VerIterator best(*version.Cache());
    int best_priority = 0;  // a priority of 0 or less is never taken
    for (; !version.end(); ++version) {
        if (!rule_.allows(version.VerStr()) || !acceptable(version) || goes_back(version)) continue;
        if (priority(version) <= best_priority) continue;
        best = version;
        best_priority = priority(version);
    }
    return best;
}

std::string Choice::why_none() const {
    std::vector<std::string> fitting;
    std::vector<std::string> elsewhere;
    std::vector<std::string> others;
    for (auto version = package_.VersionList(); !version.end(); ++version) {
        auto& list = !acceptable(version) ? elsewhere : rule_.allows(version.VerStr()) ? fitting : others;
        if (list.size() < most_versions_told) list.emplace_back(version.VerStr());
    }
    if (!fitting.empty()) return "apt's preferences forbid it (" + join(fitting) + ")";
    if (!others.empty())
        return fmt::format("no version fits \"{}\" (there are {}{})", wish_.version, join(others),
                           elsewhere.empty() ? "" : "; other sources have " + join(elsewhere));
    if (!elsewhere.empty())
        return fmt::format("{} does not have it (other sources have {})", join(wish_.from), join(elsewhere));
    return "no source has it" + providers_text(package_);
}

AptExplanation Choice::explain() const {
    AptExplanation explanation{.status = status(), .versions = {}};
    if (package_.end()) return explanation;
    int best_priority = 0;
    for (auto version = package_.VersionList(); !version.end(); ++version)
        if (version.VerStr() == explanation.status.candidate)
            best_priority = std::max(best_priority, priority(version));
    bool found = false;
    for (auto version = package_.VersionList(); !version.end(); ++version) {
        const bool is_candidate =
            !found && acceptable(version) && version.VerStr() == explanation.status.candidate;
        found = found || is_candidate;
        explanation.versions.push_back({.version = version.VerStr(),
                                        .priority = priority(version),
                                        .origins = sources_.origins(version),
                                        .candidate = is_candidate,
                                        .words = {}});
        if (!is_candidate) explanation.versions.back().words = words(version, explanation, best_priority);
    }
    for (auto& version : explanation.versions) {
        if (!version.candidate) continue;
        const bool stays = version.version == explanation.status.installed;
        version.words =
            stays && held() && wish_.hold != host::Hold::lift
                ? "the candidate: it is installed, and the package is held"
                : fmt::format("the candidate{}: {}", stays ? ", installed already" : "",
                              rule_.latest()
                                  ? "the highest version of the highest priority"
                                  : "of the versions that fit, the highest of the highest priority");
    }
    return explanation;
}

/// The percentage of hosts that take it so far, from its record; "" when all do.
std::string Choice::phase_of(const pkgCache::VerIterator& version) const {
    return record_field(records_, version, "Phased-Update-Percentage");
}

/// Why a version is not the candidate.
std::string Choice::words(const pkgCache::VerIterator& version, const AptExplanation& known,
                          int best_priority) const {
    const int own = priority(version);
    if (!rule_.allows(version.VerStr())) return fmt::format("does not fit \"{}\"", wish_.version);
    if (!acceptable(version))
        return "comes from none of the sources that the recipe allows: " + join(wish_.from);
    if (const auto phase = phase_of(version); !phase.empty() && own == 1)
        return "is phased: " + phase + " % of all hosts take it so far, and this host is not one of them";
    if (own <= 0) return "is forbidden: " + priority_text(own);
    if (held() && wish_.hold == host::Hold::respect && known.status.candidate == known.status.installed)
        return "is not taken: the package is held";
    if (goes_back(version))
        return fmt::format("is lower than what is installed; apt goes back only from priority {} on",
                           goes_back_from);
    if (own < best_priority)
        return fmt::format("has {}; the candidate has {}", priority_text(own), priority_text(best_priority));
    return "is lower than the candidate";
}

}  // namespace dray::apt_helper
