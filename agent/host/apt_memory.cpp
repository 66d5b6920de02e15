// apt and dpkg held in memory, for unit tests.
#include "host/apt_memory.h"

#include <fnmatch.h>

#include <algorithm>
#include <string_view>
#include <utility>

namespace dray::host {
namespace {

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

/// A character's place in the order of Debian Policy 5.6.12: '~' before the end, the end before letters,
/// letters before all others.
int weight(std::string_view text, std::size_t at) {
    if (at >= text.size() || is_digit(text[at])) return 0;
    const char c = text[at];
    if (c == '~') return -1;
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    return letter ? c : c + 256;
}

std::string_view take_digits(std::string_view text, std::size_t& at) {
    while (at < text.size() && text[at] == '0')
        ++at;
    const auto begin = at;
    while (at < text.size() && is_digit(text[at]))
        ++at;
    return text.substr(begin, at - begin);
}

/// Whether `a` is the lower one of two versions. Epochs and revisions need no care in what tests use.
bool lower(std::string_view a, std::string_view b) {
    for (std::size_t i = 0, j = 0; i < a.size() || j < b.size();) {
        while ((i < a.size() && !is_digit(a[i])) || (j < b.size() && !is_digit(b[j]))) {
            const int left = weight(a, i), right = weight(b, j);
            if (left != right) return left < right;
            if (i < a.size()) ++i;
            if (j < b.size()) ++j;
        }
        const auto left = take_digits(a, i), right = take_digits(b, j);
        if (left.size() != right.size()) return left.size() < right.size();
        if (left != right) return left < right;
    }
    return false;
}

bool fits(const std::string& version, const std::string& wish) {
    if (wish == "latest") return true;
    const auto space = wish.find_first_not_of("<>=");
    const std::string relation = wish.substr(0, space);
    if (relation.empty()) return ::fnmatch(wish.c_str(), version.c_str(), 0) == 0;
    const auto begin = wish.find_first_not_of(' ', space);
    const std::string bound = begin != std::string::npos ? wish.substr(begin) : "";
    if (relation == "=") return version == bound;
    if (relation == ">=") return !lower(version, bound);
    if (relation == "<=") return !lower(bound, version);
    if (relation == ">>") return lower(bound, version);
    if (relation == "<<") return lower(version, bound);
    throw Error("cannot read the version '" + wish + "'", "the relation is none of =, >=, <=, >>, <<");
}

}  // namespace

void MemoryApt::expect_source(const std::string& name) {
    expected_.insert(name);
}

void MemoryApt::expect_package(const PackageWish&) {}

void MemoryApt::rehearse() {
    rehearsing_ = true;
}

void MemoryApt::rehearse_source(const std::string& name, std::string_view content) {
    if (!rehearsing_) throw Error("cannot rehearse source " + name, "this is no dry run");
    rehearsed_[name] = content;
    refreshed_ = false;
}

void MemoryApt::sources_changed() {
    refreshed_ = false;
}

bool MemoryApt::source_exists(const std::string& name) const {
    if (const auto found = rehearsed_.find(name); found != rehearsed_.end()) return !found->second.empty();
    return files_.status("/etc/apt/sources.list.d/" + name + ".sources").has_value();
}

void MemoryApt::refresh() const {
    if (refreshed_) return;
    refreshed_ = true;
    verdicts_.clear();
    for (const auto& source : expected_) {
        if (!source_exists(source)) continue;
        ++refreshes_;
        const auto found = found_.find(source);
        const SourceVerdict verdict =
            found != found_.end()
                ? found->second
                : SourceVerdict{.source = source, .freshness = Freshness::current, .message = {}};
        const auto repository = repositories_.find(source);
        if (verdict.freshness == Freshness::current)
            lists_[source] = repository != repositories_.end() ? repository->second : Versions{};
        verdicts_.push_back(verdict);
    }
}

std::set<std::string> MemoryApt::visible(const std::string& package) const {
    std::set<std::string> versions;
    const auto add = [&](const Versions& from) {
        if (const auto found = from.find(package); found != from.end())
            versions.insert(found->second.begin(), found->second.end());
    };
    add(distribution_);
    for (const auto& [source, list] : lists_)
        if (source_exists(source)) add(list);
    if (const auto has = installed_.find(package); has != installed_.end()) versions.insert(has->second);
    return versions;
}

PackageStatus MemoryApt::status(const PackageWish& wish) const {
    refresh();
    PackageStatus status;
    status.installed = installed(wish.name);
    const auto versions = visible(wish.name);
    for (const auto& version : versions)
        if (fits(version, wish.version) && (status.candidate.empty() || lower(status.candidate, version)))
            status.candidate = version;
    if (status.candidate.empty())
        status.reason = versions.empty() ? "no source has it" : "no version fits " + wish.version;
    return status;
}

std::vector<SourceVerdict> MemoryApt::verdicts() const {
    return verdicts_;
}

std::string MemoryApt::installed(const std::string& package) const {
    const auto found = installed_.find(package);
    return found != installed_.end() ? found->second : "";
}

void MemoryApt::apply(const Transaction& transaction, const AptProgress& progress) {
    const std::string attempt = "cannot change packages";
    if (rehearsing_) throw Error(attempt, "this is a dry run");
    if (const auto cause = std::exchange(next_failure_, {}); !cause.empty()) throw Error(attempt, cause);
    refresh();
    for (const auto& [package, version] : transaction.install) {
        if (visible(package).count(version) == 0)
            throw Error(attempt, "no source has " + package + " in version " + version);
        if (!transaction.allow_downgrade && lower(version, installed(package)))
            throw Error(attempt,
                        package + " would be downgraded from " + installed(package) + " to " + version);
    }
    for (const auto& [package, version] : transaction.install) {
        if (progress) progress("installing " + package + " " + version);
        installed_[package] = version;
    }
    for (const auto& package : transaction.remove) {
        if (progress) progress("removing " + package);
        installed_.erase(package);
    }
    applied_.push_back(transaction);
    if (after_) after_(transaction);
}

std::vector<std::string> MemoryApt::repair(const AptProgress& progress) {
    auto done = std::exchange(broken_, {});
    if (progress)
        for (const auto& line : done)
            progress(line);
    return done;
}

void MemoryApt::publish(const std::string& source, const std::string& package, const std::string& version) {
    repositories_[source][package].insert(version);
}

void MemoryApt::add_version(const std::string& package, const std::string& version) {
    distribution_[package].insert(version);
}

void MemoryApt::set_verdict(const std::string& source, Freshness freshness, const std::string& message) {
    found_[source] = {.source = source, .freshness = freshness, .message = message};
}

void MemoryApt::begin_run() {
    expected_.clear();
    rehearsed_.clear();
    rehearsing_ = false;
    refreshed_ = false;
    verdicts_.clear();
}

}  // namespace dray::host
