// What is done with an apt repository besides adding to it.
#include "builder/apt_repository.h"
#include "builder/packed_stanzas.h"
#include "builder/settings_rules.h"
#include "builder/version.h"
#include "debian_version.h"
#include "error.h"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <map>
#include <set>

namespace dray::builder {
namespace fs = std::filesystem;
namespace {

constexpr auto phased = "Phased-Update-Percentage";  // apt_preferences(5)

/// Every stanza of a package ("" is any) at a version, with the index that has it.
std::vector<std::pair<std::string, std::string>> stanzas_of(const SuiteContent& content,
                                                            const std::string& package,
                                                            const std::string& version) {
    std::vector<std::pair<std::string, std::string>> found;
    for (const auto& [index, text] : content.packages) {
        StanzaReader stanzas(text);
        while (const auto stanza = stanzas.next())
            if ((package.empty() || stanza_field(*stanza, "Package") == package) &&
                comparable(stanza_field(*stanza, "Version"), version) == version)
                found.emplace_back(index, *stanza);
    }
    return found;
}

/// Whether any of its packages was built for a target.
bool has_target(const SuiteContent& content) {
    for (const auto& [index, text] : content.packages) {
        StanzaReader stanzas(text);
        while (const auto stanza = stanzas.next())
            if (const std::string version = stanza_field(*stanza, "Version");
                without_target(version) != version)
                return true;
    }
    return false;
}

/// The versions of each package beyond the newest `keep`. Versions of other schemes are left alone.
std::map<std::string, std::set<std::string>> surplus(const PackedText& packages, std::size_t keep) {
    std::map<std::string, std::map<Version, std::string>> versions;
    StanzaReader stanzas(packages);
    while (const auto stanza = stanzas.next()) {
        const std::string text = stanza_field(*stanza, "Version");
        if (const auto version = Version::parse(without_target(text)))
            versions[stanza_field(*stanza, "Package")][*version] = text;
    }
    std::map<std::string, std::set<std::string>> old;
    for (const auto& [package, all] : versions) {
        std::size_t beyond = all.size() > keep ? all.size() - keep : 0;
        for (const auto& [version, text] : all)
            if (beyond > 0) {
                old[package].insert(text);
                --beyond;
            }
    }
    return old;
}

/// Adds the places of all packages.
void list_files(const SuiteContent& content, std::set<std::string>& listed) {
    for (const auto& [index, text] : content.packages) {
        StanzaReader stanzas(text);
        while (const auto stanza = stanzas.next())
            listed.insert(stanza_field(*stanza, "Filename"));
    }
}

/// File names have no epoch (Debian Policy 5.6.12).
std::string without_epoch(const std::string& version) {
    return version.substr(version.find(':') + 1);
}

}  // namespace

AptMaintenance::AptMaintenance(const host::Processes& processes, const host::Clock& clock,
                               const Settings::Publish& settings, std::function<void(const std::string&)> say)
    : processes_(processes), clock_(clock), settings_(settings), say_(std::move(say)) {}

AptSuite AptMaintenance::suite(const std::string& name) const {
    return {processes_, clock_, settings_, name, say_};
}

bool AptMaintenance::change(AptSuite& suite, const std::function<void(SuiteContent&)>& how) {
    const SuiteContent before = suite.content();
    SuiteContent after = before;
    how(after);
    if (after.packages == before.packages) return false;
    suite.flip(suite.stage(after));
    return true;
}

bool AptMaintenance::add(const std::vector<fs::path>& debs) {
    PlacedFiles placed;
    AptSuite shown = suite(settings_.suite);
    const std::string machine = machine_architecture(processes_);
    const bool changed = change(shown, [&](SuiteContent& content) {
        std::vector<std::string> stanzas;
        for (const fs::path& deb : debs) {
            const std::string described = describe_package(processes_, deb, "");
            const std::string name = fmt::format("{}_{}_{}.deb", stanza_field(described, "Package"),
                                                 without_epoch(stanza_field(described, "Version")),
                                                 stanza_field(described, "Architecture"));
            const fs::path pooled =
                fs::path(pool_folder(settings_.component, stanza_field(described, "Package"))) / name;
            placed.place(deb, settings_.apt / pooled);
            stanzas.push_back(with_field(described, "Filename", pooled.string()));
        }
        content = with_packages(std::move(content), settings_.component, stanzas, machine);
    });
    placed.keep();
    return changed;
}

bool AptMaintenance::withdraw(const std::string& of, const std::string& package, const std::string& version) {
    AptSuite shown = suite(of);
    return change(shown, [&](SuiteContent& content) {
        for (auto& [index, text] : content.packages)
            text = without_stanzas(text, [&](std::string_view stanza) {
                return stanza_field(stanza, "Package") == package &&
                       stanza_field(stanza, "Version") == version;
            });
    });
}

bool AptMaintenance::promote(const std::string& package, const std::string& version, const std::string& to,
                             int percent) {
    struct Staged {
        AptSuite suite;
        int generation;
    };
    std::vector<Staged> staged;
    bool any = false;
    for (const std::string& target : targets()) {
        const auto found =
            stanzas_of(suite(suite_of_target(settings_.suite, target)).content(), package, version);
        if (found.empty()) continue;
        any = true;
        AptSuite shown = suite(suite_of_target(to, target));
        const SuiteContent before = shown.content();
        SuiteContent after = before;
        for (const auto& [index, stanza] : found) {
            const std::size_t slash = index.find('/');
            const std::string architecture = index.substr(slash + std::string_view("/binary-").size());
            after = with_packages(
                std::move(after), index.substr(0, slash),
                {with_field(stanza, phased, percent < 100 ? std::to_string(percent) : std::string())},
                architecture);
        }
        if (after.packages == before.packages) continue;
        const int generation = shown.stage(after);
        staged.push_back({std::move(shown), generation});
    }
    if (!any)
        throw Error(
            fmt::format("cannot promote {}{}{} to {}", package, package.empty() ? "" : " ", version, to),
            fmt::format("the suite {} does not have it", settings_.suite));
    for (Staged& one : staged)  // each was made without an error
        one.suite.flip(one.generation);
    return !staged.empty();
}

bool AptMaintenance::prune() {
    if (settings_.keep == 0) return false;
    bool pruned = false;
    for (const std::string& target : targets()) {
        AptSuite shown = suite(suite_of_target(settings_.suite, target));
        pruned |= change(shown, [&](SuiteContent& content) {
            for (auto& [index, text] : content.packages) {
                const auto old = surplus(text, static_cast<std::size_t>(settings_.keep));
                if (old.empty()) continue;
                text = without_stanzas(text, [&](std::string_view stanza) {
                    const auto package = old.find(stanza_field(stanza, "Package"));
                    return package != old.end() && package->second.contains(stanza_field(stanza, "Version"));
                });
            }
        });
    }
    return pruned;
}

bool AptMaintenance::renew(bool now) {
    bool renewed = false;
    for (const std::string& name : suites()) {
        AptSuite one = suite(name);
        const SuiteContent content = one.content();
        const auto release = one.release();
        if (!release) continue;
        const auto left = release->valid_until - clock_.now();
        if (!now && left > settings_.valid_for / 2) continue;
        one.flip(one.stage(content));
        renewed = true;
    }
    return renewed;
}

bool AptMaintenance::repoint(int generation) {
    AptSuite shown = suite(settings_.suite);
    shown.flip(shown.stage(shown.content_of(generation)));
    return true;
}

std::vector<std::string> AptMaintenance::suites() const {
    std::vector<std::string> names;
    std::error_code error;
    for (const auto& entry : fs::directory_iterator(settings_.apt / "generations", error))
        names.push_back(entry.path().filename().string());
    std::sort(names.begin(), names.end());
    return names;
}

std::vector<std::string> AptMaintenance::targets() const {
    std::vector<std::string> names{""};
    const std::string prefix = settings_.suite + "-";
    for (const std::string& name : suites())
        if (name.starts_with(prefix) && is_codename(name.substr(prefix.size())) &&
            has_target(suite(name).content()))  // and no other suite of a similar name
            names.push_back(name.substr(prefix.size()));
    return names;
}

int AptMaintenance::collect() {
    std::set<std::string> listed;
    int removed = 0;
    for (const std::string& name : suites()) {
        AptSuite one = suite(name);
        removed += one.collect();
        list_files(one.content(), listed);
        for (const int generation : one.generations())
            if (generation > 0) list_files(one.content_of(generation), listed);
    }
    // A file that was just put there may be of a publication that is under way elsewhere.
    const auto limit = std::filesystem::file_time_type::clock::now() - settings_.keep_for;
    std::error_code error;
    for (const auto& entry : fs::recursive_directory_iterator(settings_.apt / "pool", error)) {
        if (!entry.is_regular_file() || entry.last_write_time() > limit) continue;
        fs::path name = entry.path().lexically_relative(settings_.apt);
        if (name.extension() == ".buildinfo") name.replace_extension(".deb");  // stays as long as its package
        if (listed.contains(name.string())) continue;
        std::error_code ignored;  // what cannot be removed now is removed next time
        removed += fs::remove(entry.path(), ignored) ? 1 : 0;
    }
    return removed;
}

}  // namespace dray::builder
