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
    : processes_(processes), files_(files), clock_(clock), settings_(settings), say_(say) {}

fs::path BuiltInArchive::pool() const {
    return settings_.publish.apt / pool_folder(settings_.publish.component, settings_.deb.package);
}

void BuiltInArchive::stage(const Products& products, bool may_link) {
    for (const BuiltPackage& package : products.debs) {
        AptPublication& one =
            publications_.emplace_back(processes_, clock_, settings_.publish,
                                       suite_of_target(settings_.publish.suite, package.target), say_);
        one.stage(products.folder / package.file, settings_.deb.package, may_link);
        // An older dray-build, whose publication is gone on with, made none.
        if (!package.buildinfo.empty())
            one.stage_record(products.folder / package.buildinfo, settings_.deb.package);
    }
}

void BuiltInArchive::keep() {
    for (AptPublication& one : publications_)
        one.keep();
}

void BuiltInArchive::commit() {
    for (AptPublication& one : publications_)
        one.commit();
}

void BuiltInArchive::withdraw(const Products& products) {
    AptMaintenance maintenance(processes_, clock_, settings_.publish, say_);
    for (const BuiltPackage& package : products.debs)
        maintenance.withdraw(suite_of_target(settings_.publish.suite, package.target), settings_.deb.package,
                             package.version);
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

void BuiltInArchive::tidy(const Products& products) {
    const fs::path& apt = settings_.publish.apt;
    const Lock held(apt, [&] { say_("waiting for somebody else who changes " + apt.string()); });
    AptMaintenance(processes_, clock_, settings_.publish, say_).prune();
    for (const BuiltPackage& package : products.debs)
        AptSuite(processes_, clock_, settings_.publish,
                 suite_of_target(settings_.publish.suite, package.target))
            .collect();
}

}  // namespace dray::builder
