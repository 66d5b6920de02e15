// Adding a package to the signed apt repository.
#include "builder/apt_repository.h"

#include "builder/file_digest.h"
#include "debian_version.h"
#include "error.h"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <set>

namespace dray::builder {
namespace fs = std::filesystem;
namespace {

bool has(const std::vector<std::string>& names, const std::string& name) {
    return std::find(names.begin(), names.end(), name) != names.end();
}

/// What stands in the indices of a component for all architectures, each once.
std::string common_packages(const SuiteContent& content, const std::string& component) {
    std::string common;
    std::set<std::string_view> seen;
    for (const auto& [index, text] : content.packages) {
        if (!index.starts_with(component + "/")) continue;
        for (const std::string_view stanza : parse_stanzas(text))
            if (stanza_field(stanza, "Architecture") == "all" && seen.insert(stanza).second)
                common.append(stanza).push_back('\n');
    }
    return common;
}

}  // namespace

std::string describe_package(const host::Processes& processes, const fs::path& deb,
                             const fs::path& filename) {
    const std::string attempt = fmt::format("cannot describe {}", deb.filename().string());
    std::string stanza = processes.check({.argv = {"dpkg-deb", "--field", deb.string()}}, attempt).output;
    for (const char* field : {"Package", "Version", "Architecture"})
        if (stanza_field(stanza, field).empty()) throw Error(attempt, fmt::format("it has no {}", field));
    while (stanza.ends_with('\n'))
        stanza.pop_back();
    return fmt::format("{}\nFilename: {}\nSize: {}\nSHA256: {}\n", stanza, filename.string(),
                       fs::file_size(deb), file_sha256(deb));
}

SuiteContent with_package(SuiteContent content, const std::string& component, const std::string& stanza,
                          const std::string& machine) {
    if (!has(content.components, component)) content.components.push_back(component);
    const std::string own = stanza_field(stanza, "Architecture");
    std::vector<std::string> targets = own == "all" ? content.architectures : std::vector{own};
    if (targets.empty()) targets.push_back(machine);
    for (const std::string& architecture : targets) {
        if (!has(content.architectures, architecture)) content.architectures.push_back(architecture);
        const std::string index = fmt::format("{}/binary-{}", component, architecture);
        const auto known = content.packages.find(index);
        std::string text = known == content.packages.end()
                               ? with_stanza(common_packages(content, component), stanza)
                               : with_stanza(known->second, stanza);
        content.packages[index] = std::move(text);
    }
    // Release lists each component for each architecture, so there is an index for each.
    for (const std::string& one : content.components)
        for (const std::string& architecture : content.architectures)
            content.packages.try_emplace(fmt::format("{}/binary-{}", one, architecture));
    return content;
}

std::string suite_of_target(const std::string& suite, const std::string& target) {
    return target.empty() ? suite : fmt::format("{}-{}", suite, target);
}

AptPublication::AptPublication(const host::Processes& processes, const host::Clock& clock,
                               const Settings::Publish& settings, std::string suite,
                               std::function<void(const std::string&)> say)
    : processes_(processes),
      settings_(settings),
      suite_(processes, clock, settings, std::move(suite), std::move(say)) {}

void AptPublication::stage(const fs::path& deb, const std::string& package, bool may_link) {
    const fs::path pooled = fs::path(pool_folder(settings_.component, package)) / deb.filename();
    placed_.place(deb, settings_.apt / pooled, may_link);
    const std::string stanza = describe_package(processes_, deb, pooled);
    const SuiteContent before = suite_.content();
    const SuiteContent after =
        with_package(before, settings_.component, stanza, machine_architecture(processes_));
    if (after.packages != before.packages) staged_ = suite_.stage(after);
}

void AptPublication::commit() {
    if (staged_) suite_.flip(*staged_);
}

std::string machine_architecture(const host::Processes& processes) {
    std::string name =
        processes.check({.argv = {"dpkg", "--print-architecture"}}, "cannot tell the architecture").output;
    while (name.ends_with('\n'))
        name.pop_back();
    return name;
}

std::vector<Version> pool_versions(const host::Files& files, const Settings::Publish& settings,
                                   const std::string& package) {
    std::vector<Version> versions;
    for (const std::string& name : files.list(settings.apt / pool_folder(settings.component, package))) {
        const std::size_t begin = name.find('_');
        const std::size_t end = name.find('_', begin + 1);
        if (end == name.npos || name.substr(0, begin) != package) continue;
        const std::string_view said = std::string_view(name).substr(begin + 1, end - begin - 1);
        if (const auto version = Version::parse(without_target(said))) versions.push_back(*version);
    }
    return versions;
}

}  // namespace dray::builder
