// Where the Debian packages of releases go.
#include "builder/package_archive.h"

#include "builder/aptly_archive.h"
#include "builder/built_in_archive.h"
#include "builder/command_archive.h"
#include "builder/dput_archive.h"
#include "builder/file_digest.h"
#include "builder/kept_records.h"
#include "builder/reprepro_archive.h"
#include "builder/target_archives.h"
#include "debian_version.h"
#include "error.h"

#include <spdlog/fmt/fmt.h>

#include <utility>

namespace dray::builder {
namespace fs = std::filesystem;

namespace {

/// One that another tool keeps.
std::unique_ptr<PackageArchive> others_archive(const host::Processes& processes, const Settings& settings) {
    const std::string& archive = settings.publish.archive;
    if (archive == "aptly")
        return std::make_unique<TargetArchives>(settings.deb.targets, [&](const std::string& target) {
            return std::make_unique<AptlyArchive>(processes, settings, target);
        });
    if (archive == "reprepro")
        return std::make_unique<TargetArchives>(settings.deb.targets, [&](const std::string& target) {
            return std::make_unique<RepreproArchive>(processes, settings, target);
        });
    if (archive == "dput") return std::make_unique<DputArchive>(processes, settings);
    if (archive == "command") return std::make_unique<CommandArchive>(processes, settings);
    return nullptr;
}

}  // namespace

std::unique_ptr<PackageArchive> package_archive(const host::Processes& processes, const host::Files& files,
                                                const host::Clock& clock, const Settings& settings,
                                                const fs::path& records,
                                                const std::function<void(const std::string&)>& say) {
    if (auto archive = others_archive(processes, settings))
        return std::make_unique<KeptRecords>(std::move(archive), records);
    return std::make_unique<BuiltInArchive>(processes, files, clock, settings, say);
}

bool PackageArchive::complete(const Products& products) const {
    const auto there = published(products);
    return !there || missing_packages(products, *there, text()).empty() || superseded(products);
}

std::vector<std::string> package_names(const Products& products) {
    std::vector<std::string> names;
    for (const BuiltPackage& package : products.debs)
        names.push_back(package.file);
    return names;
}

std::optional<Version> package_version(const std::string& file, const std::string& package) {
    const std::size_t begin = file.find('_');
    const std::size_t end = file.find('_', begin + 1);
    if (end == file.npos || file.substr(0, begin) != package) return {};
    return Version::parse(without_target(std::string_view(file).substr(begin + 1, end - begin - 1)));
}

std::vector<std::string> missing_packages(const Products& products, const PackageFiles& there,
                                          const std::string& archive) {
    std::vector<std::string> missing;
    for (const std::string& name : package_names(products)) {
        const auto found = there.find(name);
        if (found == there.end()) {
            missing.push_back(name);
            continue;
        }
        const std::string built = file_sha256(products.folder / name);
        if (found->second != built)
            throw Error(
                fmt::format("cannot publish {}", name),
                fmt::format("{} has another file of this name: {} there, {} here", archive, found->second,
                            built),
                "remove one of the two, or give this release up: dray-build abandon, and release again");
    }
    return missing;
}

const std::string& whole_output(const host::Result& result, const std::string& attempt) {
    if (result.output.size() < host::output_limit) return result.output;
    throw Error(attempt, fmt::format("the list has {} MiB or more", host::output_limit >> 20),
                "only what it has of this package is asked for: remove old versions there");
}

std::vector<std::string> same_packages(const Products& products, const PackageFiles& there) {
    std::vector<std::string> same;
    for (const std::string& name : package_names(products))
        if (const auto found = there.find(name);
            found != there.end() && found->second == file_sha256(products.folder / name))
            same.push_back(name);
    return same;
}

}  // namespace dray::builder
