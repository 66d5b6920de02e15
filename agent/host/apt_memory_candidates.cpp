// Versions of the apt held in memory: which there are, and which of them a wish gets.
#include "debian_version.h"
#include "host/apt_memory.h"

#include <fnmatch.h>

#include <algorithm>
#include <sstream>
#include <string_view>

namespace dray::host {
namespace {

bool lower(std::string_view a, std::string_view b) {
    return compare_debian_versions(a, b) < 0;
}

bool fits(const std::string& version, const std::string& wish) {
    if (wish == "latest") return true;
    if (const auto comma = wish.find(','); comma != std::string::npos)
        return fits(version, wish.substr(0, comma)) &&
               fits(version, wish.substr(wish.find_first_not_of(' ', comma + 1)));
    const auto space = wish.find_first_not_of("<>=");
    const std::string relation = wish.substr(0, space);
    const auto begin = wish.find_first_not_of(' ', space);
    const std::string bound = begin != std::string::npos ? wish.substr(begin) : "";
    const std::string compared(comparable(version, bound));
    if (relation.empty()) return ::fnmatch(bound.c_str(), compared.c_str(), 0) == 0;
    if (relation == "=") return compared == bound;
    if (relation == ">=") return !lower(compared, bound);
    if (relation == "<=") return !lower(bound, compared);
    if (relation == ">>") return lower(bound, compared);
    if (relation == "<<") return lower(compared, bound);
    throw Error("cannot read the version '" + wish + "'", "the relation is none of =, >=, <=, >>, <<");
}

}  // namespace

std::set<std::string> MemoryApt::visible(const std::string& package) const {
    std::set<std::string> versions;
    const auto add = [&](const Versions& from) {
        if (const auto found = from.find(package); found != from.end())
            versions.insert(found->second.begin(), found->second.end());
    };
    add(distribution_);
    for (const auto& [source, list] : lists_)
        if (source_exists(source)) add(list);
    if (const auto has = installed(package); !has.empty()) versions.insert(has);
    return versions;
}

/// What the wish's sources have, and what is installed.
std::set<std::string> MemoryApt::visible(const PackageWish& wish) const {
    if (wish.from.empty()) return visible(wish.name);
    std::set<std::string> versions;
    for (const auto& [source, list] : lists_) {
        const auto found = list.find(wish.name);
        if (wish.from.contains(source) && source_exists(source) && found != list.end())
            versions.insert(found->second.begin(), found->second.end());
    }
    if (const auto has = installed(wish.name); !has.empty()) versions.insert(has);
    return versions;
}

std::vector<MemoryApt::Pin> MemoryApt::pins(const std::string& package) const {
    const std::string folder = "/etc/apt/preferences.d";
    std::set<std::string> paths;
    for (const auto& name : files_.list(folder))
        paths.insert(folder + "/" + name);
    for (const auto& [path, content] : rehearsed_)
        if (path.starts_with(folder)) paths.insert(path);
    std::vector<Pin> pins;
    for (const auto& path : paths) {
        std::istringstream lines(text(path));
        std::map<std::string, std::string> fields;
        const auto end_record = [&] {
            if ((" " + fields["Package"] + " ").find(" " + package + " ") != std::string::npos)
                pins.push_back({fields["Pin"], std::stoi(fields["Pin-Priority"])});
            fields.clear();
        };
        for (std::string line; std::getline(lines, line);) {
            const auto colon = line.find(": ");
            if (line.empty()) end_record();
            if (colon != std::string::npos) fields[line.substr(0, colon)] = line.substr(colon + 2);
        }
        end_record();
    }
    return pins;
}

std::string MemoryApt::candidate(const PackageWish& wish, const std::set<std::string>& versions) const {
    std::string best;
    int best_priority = 0;
    for (const auto& version : versions) {
        const auto records = pins(wish.name);
        const auto pin = std::ranges::find_if(records, [&](const Pin& each) {
            return ::fnmatch(each.pin.c_str(), ("version " + version).c_str(), 0) == 0;
        });
        int priority = pin != records.end() ? pin->priority : 500;  // of several the first
        if (wish.version != "latest" && priority > 0) priority = 500;
        const bool downgrade = lower(version, installed(wish.name));
        if (downgrade && wish.version == "latest" && priority < 1000) continue;
        if (priority < 0 || !fits(version, wish.version)) continue;
        if (!best.empty() &&
            (priority < best_priority || (priority == best_priority && lower(version, best))))
            continue;
        best = version;
        best_priority = priority;
    }
    return best;
}

PackageStatus MemoryApt::status(const PackageWish& wish) const {
    refresh();
    PackageStatus status;
    status.installed = installed(wish.name);
    const auto versions = visible(wish);
    const bool stays =
        wish.hold == Hold::own && !status.installed.empty() && fits(status.installed, wish.version);
    status.candidate = stays ? status.installed : candidate(wish, versions);
    if (status.candidate.empty())
        status.reason = versions.empty() ? "no source has it" : "no version fits " + wish.version;
    if (wish.hold == Hold::respect && held(wish.name) && status.candidate != status.installed) {
        status.candidate = status.installed;
        status.reason = "held";
    }
    if (offered(wish.name, status.candidate)) status.sha256 = sha256_of(wish.name, status.candidate);
    const auto fields = deb(wish.name, status.candidate).fields;
    if (const auto floor = fields.find(schema_floor_field); floor != fields.end())
        status.schema_floor = floor->second;
    if (applied_.empty() && !status.candidate.empty() && status.candidate != status.installed)
        newer_.insert(wish.name);
    return status;
}

/// Whether a source has it, by the lists of the last refresh.
bool MemoryApt::offered(const std::string& package, const std::string& version) const {
    const auto has = [&](const Versions& versions) {
        const auto found = versions.find(package);
        return found != versions.end() && found->second.contains(version);
    };
    return has(distribution_) || std::ranges::any_of(lists_, [&](const auto& list) {
               return source_exists(list.first) && has(list.second);
           });
}

AptExplanation MemoryApt::explain(const PackageWish& wish) const {
    AptExplanation explanation{.status = status(wish), .versions = {}};
    for (const auto& version : visible(wish))
        explanation.versions.push_back({.version = version,
                                        .priority = 500,
                                        .origins = {},
                                        .candidate = version == explanation.status.candidate,
                                        .words = "it is played by a test"});
    return explanation;
}

}  // namespace dray::host
