// apt and dpkg held in memory, for unit tests.
#include "host/apt_memory.h"

#include "debian_version.h"
#include "host/dpkg_failure.h"

#include <algorithm>
#include <tuple>
#include <utility>

namespace dray::host {

void MemoryApt::expect_source(const std::string& name, std::chrono::seconds max_age) {
    expected_[name] = max_age;
}

void MemoryApt::expect_package(const PackageWish& wish) {
    if (!wish.from.empty()) allowed_[wish.name].insert(wish.from.begin(), wish.from.end());
}

void MemoryApt::rehearse() {
    if (!rehearsing_) planned_ = dpkg_;
    rehearsing_ = true;
}

void MemoryApt::file_changed(const std::filesystem::path& path, std::string_view content) {
    if (rehearsing_) rehearsed_[path] = content;
    if (path.parent_path() != "/etc/apt/preferences.d") refreshed_ = false;
}

std::string MemoryApt::text(const std::string& path) const {
    if (const auto found = rehearsed_.find(path); found != rehearsed_.end()) return found->second;
    return files_.read(path).value_or("");
}

bool MemoryApt::source_exists(const std::string& name) const {
    return !text("/etc/apt/sources.list.d/" + name + ".sources").empty();
}

void MemoryApt::refresh() const {
    if (refreshed_) return;
    refreshed_ = true;
    verdicts_.clear();
    for (const auto& [source, max_age] : expected_) {
        if (!source_exists(source)) continue;
        ++refreshes_;
        const auto found = found_.find(source);
        SourceVerdict verdict =
            found != found_.end()
                ? found->second
                : SourceVerdict{.source = source, .freshness = Freshness::current, .message = {}};
        if (cut_)
            verdict = {.source = source,
                       .freshness = Freshness::unreachable,
                       .message = std::string(network_failure)};
        const auto repository = repositories_.find(source);
        if (verdict.freshness == Freshness::current)
            lists_[source] = repository != repositories_.end() ? repository->second : Versions{};
        verdicts_.push_back(verdict);
    }
}

std::vector<SourceVerdict> MemoryApt::verdicts() const {
    return verdicts_;
}

std::string MemoryApt::installed(const std::string& package) const {
    const auto found = dpkg().installed.find(package);
    return found != dpkg().installed.end() ? found->second : "";
}

bool MemoryApt::held(const std::string& package) const {
    return dpkg().held.contains(package);
}

bool MemoryApt::has_leftovers(const std::string& package) const {
    return dpkg().leftovers.contains(package);
}

std::string MemoryApt::installed_field(const std::string& package, const std::string& field) const {
    const auto fields = deb(package, installed(package)).fields;
    const auto found = fields.find(field);
    return found != fields.end() && !installed(package).empty() ? found->second : "";
}

MemoryDeb MemoryApt::deb(const std::string& package, const std::string& version) const {
    const auto found = debs_.find({package, version});
    return found != debs_.end() ? found->second : MemoryDeb{};
}

/// What is installed, or would be once an interrupted change is finished.
std::string MemoryApt::current(const std::string& package) const {
    if (!half_) return installed(package);
    const auto found = half_->install.find(package);
    return found != half_->install.end() ? found->second : installed(package);
}

/// Of the package what may be brought.
PackageWish MemoryApt::allowed(const Transaction& transaction, const std::string& package) const {
    for (const auto* from : {&transaction.from, &allowed_})
        if (const auto found = from->find(package); found != from->end())
            return {.name = package, .from = found->second};
    return {.name = package};
}

void MemoryApt::check(const Transaction& transaction, const std::string& attempt) const {
    for (const auto& [package, version] : transaction.install) {
        const auto file = transaction.files.find(package);
        if (file != transaction.files.end())
            check_file(file->second);
        else if (visible(allowed(transaction, package)).count(version) == 0)
            throw Error(attempt, "no source has " + package + " in version " + version);
        if (!transaction.allow_downgrade && compare_debian_versions(version, current(package)) < 0)
            throw Error(attempt,
                        package + " would be downgraded from " + current(package) + " to " + version);
        const bool changes = !current(package).empty() && current(package) != version;
        if (changes && held(package) && !transaction.hold.contains(package))
            throw Error(attempt, "apt would change the held " + package);
        const auto other = conflicts_.find(package);
        if (other == conflicts_.end() || installed(other->second).empty()) continue;
        if (!transaction.may_remove.contains(other->second))
            throw Error(attempt, "apt would remove " + other->second);
    }
    std::vector<AptChange> changes;
    for (const auto& [package, version] : transaction.install) {
        if (installed(package) != version) changes.push_back({package, installed(package), version});
        const auto other = conflicts_.find(package);
        if (other != conflicts_.end() && !installed(other->second).empty())
            changes.push_back({other->second, installed(other->second), ""});
    }
    if (const auto more = unannounced(transaction, changes); !more.empty())
        throw BeyondPlan(attempt, "apt would also " + changes_text(more) + ", which the plan does not have");
    for (const auto& [package, version] : needed(transaction)) {
        const auto wish = allowed(transaction, package);
        if (!wish.from.empty() && visible(wish).count(version) == 0)
            throw Error(attempt, "apt would take " + package + " " + version +
                                     " from a source that the recipe does not allow");
        check_download(package, version, attempt);
    }
}

void MemoryApt::throw_outdated(const std::string& attempt) {
    const auto outdate = std::exchange(outdated_, nullptr);
    if (!outdate) return;
    outdate();
    refreshed_ = false;
    throw ListsOutdated(attempt, "404  Not Found");
}

TransactionResult MemoryApt::apply(const Transaction& transaction, const AptProgress& progress) {
    const std::string attempt = "cannot change packages";
    throw_outdated(attempt);
    if (const auto cause = std::exchange(next_failure_, {}); !cause.empty()) throw Error(attempt, cause);
    refresh();
    check(transaction, attempt);
    const auto unfinished = left_beside(transaction);
    std::string cause = rehearsing_ ? "" : std::exchange(next_interruption_, {});
    const bool stopped = !cause.empty();
    for (const auto& [package, version] : transaction.install) {
        if (installed(package) == version || rehearsing_) continue;
        if (cause.empty()) cause = deb(package, version).defect;
    }
    if (!rehearsing_)
        for (const auto& [package, version] : needed(transaction))
            archives_[{package, version}] = content(package, version);
    for (const auto& [package, version] : unfinished)
        if (cause.empty()) cause = deb(package, version).defect;
    if (!cause.empty() && !rehearsing_) {
        leave_half(transaction);
        throw Error(attempt, cause, std::string(stopped ? hint_for_stopped_dpkg : hint_for_failed_script));
    }
    if (!rehearsing_) {
        instants_->reach("change packages");
        const auto whole = std::pair(dpkg_, half_);
        leave_half(transaction);
        instants_->reach("half-way through packages");
        std::tie(dpkg_, half_) = whole;
    }
    TransactionResult result;
    auto& installed = dpkg().installed;
    const auto change = [&](const std::string& package, const std::string& version) {
        const std::string from = current(package);
        if (this->installed(package) == version) return;
        if (progress) progress((version.empty() ? "removing " : "installing ") + package + " " + version);
        result.changes.push_back({package, from, version});
        if (version.empty())
            installed.erase(package);
        else
            installed.insert_or_assign(package, version);
        const auto conffile = conffiles_.find(package);
        if (conffile != conffiles_.end() && version.empty() && !transaction.purge)
            dpkg().leftovers.insert(package);
        if (conffile == conffiles_.end() || from.empty() || version.empty()) return;
        auto& list = transaction.replace_conffiles ? result.replaced_conffiles : result.kept_conffiles;
        list.push_back(conffile->second);
    };
    for (const auto& [package, version] : transaction.install) {
        change(package, version);
        if (const auto other = conflicts_.find(package); other != conflicts_.end()) change(other->second, "");
    }
    for (const auto& package : transaction.remove) {
        if (dpkg().leftovers.erase(package) > 0 && transaction.purge)
            result.changes.push_back({package, "", ""});
        else
            change(package, "");
    }
    for (const auto& [package, hold] : transaction.hold) {
        if (hold)
            dpkg().held.insert(package);
        else
            dpkg().held.erase(package);
    }
    if (rehearsing_) return result;
    applied_.push_back(transaction);
    half_.reset();
    broken_.clear();
    for (const auto& [package, version] : unfinished)
        installed.insert_or_assign(package, version);
    if (after_) after_(transaction);
    return result;
}

/// What is half there and no business of the transaction: dpkg finishes it in the same run.
std::map<std::string, std::string> MemoryApt::left_beside(const Transaction& transaction) const {
    auto left = half_ ? half_->install : std::map<std::string, std::string>{};
    for (const auto& [package, version] : transaction.install)
        left.erase(package);
    for (const auto& package : transaction.remove)
        left.erase(package);
    return left;
}

/// As dpkg leaves it when it is stopped between unpacking and configuring.
void MemoryApt::leave_half(const Transaction& transaction) {
    Transaction half = half_.value_or(Transaction{});
    for (const auto& [package, version] : transaction.install) {
        half.install[package] = version;
        dpkg_.installed.erase(package);
    }
    for (const auto& package : transaction.remove) {
        half.install.erase(package);
        dpkg_.installed.erase(package);
    }
    half_ = std::move(half);
}

std::vector<std::string> MemoryApt::repair(const AptProgress& progress, const std::vector<KeptPackage>&) {
    const std::string attempt = "cannot repair what an interrupted dpkg left";
    if (const auto cause = std::exchange(next_repair_failure_, {}); !cause.empty())
        throw Error(attempt, cause);
    std::vector<std::string> lines = broken_;
    for (const auto& [package, version] : half_ ? half_->install : std::map<std::string, std::string>{}) {
        if (const auto defect = deb(package, version).defect; !defect.empty()) throw Error(attempt, defect);
        lines.push_back("configure " + package + " " + version);
    }
    if (progress)
        for (const auto& line : lines)
            progress(line);
    broken_.clear();
    if (const auto finished = std::exchange(half_, std::nullopt)) {
        for (const auto& [package, version] : finished->install)
            dpkg_.installed[package] = version;
        if (after_) after_(*finished);
    }
    return lines;
}

void MemoryApt::publish(const std::string& source, const std::string& package, const std::string& version,
                        MemoryDeb deb) {
    repositories_[source][package].insert(version);
    debs_[{package, version}] = std::move(deb);
}

void MemoryApt::withdraw(const std::string& source, const std::string& package, const std::string& version) {
    repositories_[source][package].erase(version);
}

void MemoryApt::add_version(const std::string& package, const std::string& version, MemoryDeb deb) {
    distribution_[package].insert(version);
    debs_[{package, version}] = std::move(deb);
}

void MemoryApt::set_verdict(const std::string& source, Freshness freshness, const std::string& message) {
    found_[source] = {.source = source, .freshness = freshness, .message = message};
}

void MemoryApt::begin_run() {
    expected_.clear();
    allowed_.clear();
    rehearsed_.clear();
    rehearsing_ = false;
    refreshed_ = false;
    verdicts_.clear();
    newer_.clear();
}

}  // namespace dray::host
