// Adding a package to the signed apt repository.
#include "builder/apt_repository.h"

#include "builder/file_digest.h"
#include "builder/packed_stanzas.h"
#include "builder/signer.h"
#include "digest.h"
#include "error.h"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <set>
#include <sstream>
#include <string_view>
#include <utility>

namespace dray::builder {
namespace fs = std::filesystem;
namespace {

bool has(const std::vector<std::string>& names, const std::string& name) {
    return std::find(names.begin(), names.end(), name) != names.end();
}

/// What stands in the indices of a component for all architectures, each once.
PackedText common_packages(const SuiteContent& content, const std::string& component) {
    PackedWriter common;
    std::set<std::string> seen;
    for (const auto& [index, text] : content.packages) {
        if (!index.starts_with(component + "/")) continue;
        StanzaReader stanzas(text);
        while (const auto stanza = stanzas.next())
            if (stanza_field(*stanza, "Architecture") == "all" && seen.insert(sha256(*stanza)).second) {
                common.append(*stanza);
                common.append("\n");
            }
    }
    return common.finish();
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

SuiteContent with_packages(SuiteContent content, const std::string& component,
                           const std::vector<std::string>& stanzas, const std::string& machine) {
    if (stanzas.empty()) return content;
    if (!has(content.components, component)) content.components.push_back(component);
    std::map<std::string, std::vector<std::string_view>> added;  // each index is written once for all of them
    const auto write = [&] {
        for (const auto& [index, some] : std::exchange(added, {})) {
            PackedText& packages = content.packages.at(index);
            packages = with_stanzas(packages, some);
        }
    };
    for (const std::string& stanza : stanzas) {
        const std::string own = stanza_field(stanza, "Architecture");
        std::vector<std::string> targets = own == "all" ? content.architectures : std::vector{own};
        if (targets.empty()) targets.push_back(machine);
        for (const std::string& architecture : targets) {
            if (!has(content.architectures, architecture)) content.architectures.push_back(architecture);
            const std::string index = fmt::format("{}/binary-{}", component, architecture);
            if (!content.packages.contains(index)) {
                write();
                content.packages.emplace(index, common_packages(content, component));
            }
            added[index].push_back(stanza);
        }
    }
    write();
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
    const SuiteContent before = suite_.content();
    const SuiteContent after =
        with_packages(before, settings_.component, {describe_package(processes_, deb, pooled)},
                      machine_architecture(processes_));
    if (after.packages != before.packages) staged_ = suite_.stage(after);
}

void AptPublication::stage_record(const fs::path& buildinfo, const std::string& package) {
    const fs::path pooled = settings_.apt / pool_folder(settings_.component, package) / buildinfo.filename();
    if (fs::exists(fs::symlink_status(pooled))) return;
    std::ostringstream text;
    if (!(text << std::ifstream(buildinfo, std::ios::binary).rdbuf()))
        throw Error(fmt::format("cannot publish {}", buildinfo.filename().string()), "it cannot be read");
    placed_.put(pooled, clearsign(processes_, settings_, text.str()));
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

}  // namespace dray::builder
