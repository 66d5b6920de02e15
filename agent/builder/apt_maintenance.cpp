// What is done with an apt repository besides adding to it.
#include "builder/apt_repository.h"
#include "builder/version.h"
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
    for (const auto& [index, text] : content.packages)
        for (const std::string_view stanza : parse_stanzas(text))
            if ((package.empty() || stanza_field(stanza, "Package") == package) &&
                stanza_field(stanza, "Version") == version)
                found.emplace_back(index, stanza);
    return found;
}

/// The versions of each package beyond the newest `keep`. Versions of other schemes are left alone.
std::map<std::string, std::set<std::string>> surplus(const std::string& packages, std::size_t keep) {
    std::map<std::string, std::map<Version, std::string>> versions;
    for (const std::string_view stanza : parse_stanzas(packages)) {
        const std::string text = stanza_field(stanza, "Version");
        if (const auto version = Version::parse(text))
            versions[stanza_field(stanza, "Package")][*version] = text;
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
        for (const fs::path& deb : debs) {
            const std::string described = describe_package(processes_, deb, "");
            const std::string name = fmt::format("{}_{}_{}.deb", stanza_field(described, "Package"),
                                                 without_epoch(stanza_field(described, "Version")),
                                                 stanza_field(described, "Architecture"));
            const fs::path pooled =
                fs::path(pool_folder(settings_.component, stanza_field(described, "Package"))) / name;
            placed.place(deb, settings_.apt / pooled);
            content = with_package(std::move(content), settings_.component,
                                   with_field(described, "Filename", pooled.string()), machine);
        }
    });
    placed.keep();
    return changed;
}

bool AptMaintenance::withdraw(const std::string& package, const std::string& version) {
    AptSuite shown = suite(settings_.suite);
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
    const auto found = stanzas_of(suite(settings_.suite).content(), package, version);
    if (found.empty())
        throw Error(
            fmt::format("cannot promote {}{}{} to {}", package, package.empty() ? "" : " ", version, to),
            fmt::format("the suite {} does not have it", settings_.suite));
    AptSuite target = suite(to);
    return change(target, [&](SuiteContent& content) {
        for (const auto& [index, stanza] : found) {
            const std::size_t slash = index.find('/');
            const std::string architecture = index.substr(slash + std::string_view("/binary-").size());
            content = with_package(
                std::move(content), index.substr(0, slash),
                with_field(stanza, phased, percent < 100 ? std::to_string(percent) : std::string()),
                architecture);
        }
    });
}

bool AptMaintenance::prune() {
    if (settings_.keep == 0) return false;
    AptSuite shown = suite(settings_.suite);
    return change(shown, [&](SuiteContent& content) {
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

int AptMaintenance::collect() {
    std::set<std::string> listed;
    int removed = 0;
    for (const std::string& name : suites()) {
        AptSuite one = suite(name);
        removed += one.collect();
        std::vector<SuiteContent> kept{one.content()};
        for (const int generation : one.generations())
            if (generation > 0) kept.push_back(one.content_of(generation));
        for (const SuiteContent& content : kept)
            for (const auto& [index, text] : content.packages)
                for (const std::string_view stanza : parse_stanzas(text))
                    listed.insert(stanza_field(stanza, "Filename"));
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
