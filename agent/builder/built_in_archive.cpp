// dray's own apt repository as the place of packages.
#include "builder/built_in_archive.h"

#include "builder/apt_index.h"
#include "builder/file_digest.h"
#include "builder/scratch.h"

namespace dray::builder {
namespace fs = std::filesystem;

BuiltInArchive::BuiltInArchive(const host::Processes& processes, const host::Files& files,
                               const host::Clock& clock, const Settings& settings,
                               const std::function<void(const std::string&)>& say)
    : processes_(processes),
      files_(files),
      clock_(clock),
      settings_(settings),
      say_(say),
      publication_(processes, clock, settings.publish, say) {}

fs::path BuiltInArchive::pool() const {
    return settings_.publish.apt / pool_folder(settings_.publish.component, settings_.deb.package);
}

void BuiltInArchive::stage(const Products& products, bool may_link) {
    std::vector<fs::path> debs;
    for (const std::string& name : package_names(products))
        debs.push_back(products.folder / name);
    publication_.stage(debs, settings_.deb.package, may_link);
    if (!products.buildinfo.empty())  // an older dray-build, whose publication is gone on with, made none
        publication_.stage_record(products.folder / products.buildinfo, settings_.deb.package);
}

void BuiltInArchive::withdraw(const Products& products) {
    AptMaintenance(processes_, clock_, settings_.publish, say_)
        .withdraw(settings_.deb.package, products.version.text());
}

std::optional<PackageFiles> BuiltInArchive::published(const Products& products) const {
    PackageFiles there;
    for (const std::string& name : package_names(products))
        if (fs::exists(pool() / name)) there[name] = file_sha256(pool() / name);
    return there;
}

std::optional<std::string> BuiltInArchive::record(const std::string& name) const {
    return files_.read(pool() / name);
}

std::vector<Version> BuiltInArchive::versions() const {
    std::vector<Version> versions;
    if (settings_.publish.apt.empty() || settings_.deb.package.empty()) return versions;
    for (const std::string& name : files_.list(pool()))
        if (const auto version = package_version(name, settings_.deb.package)) versions.push_back(*version);
    return versions;
}

void BuiltInArchive::tidy(const Products&) {
    const Lock held(settings_.publish.apt, [] {});
    AptMaintenance(processes_, clock_, settings_.publish, say_).prune();
    AptSuite(processes_, clock_, settings_.publish, settings_.publish.suite).collect();
}

}  // namespace dray::builder
