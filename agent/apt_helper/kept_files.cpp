// The package files of a transaction that are taken in place of what a source has.
#include "apt_helper/kept_files.h"

#include "apt_helper/archive_copy.h"
#include "apt_helper/library.h"
#include "error.h"

#include <apt-pkg/debfile.h>
#include <apt-pkg/fileutl.h>
#include <apt-pkg/sourcelist.h>
#include <apt-pkg/tagfile.h>
#include <spdlog/fmt/fmt.h>

#include <system_error>

namespace dray::apt_helper {
namespace {

namespace fs = std::filesystem;
using host::KeptPackage;

constexpr auto kept_hint = "nothing was changed; the file is of no use any more, and can be removed";

std::string using_kept(const KeptPackage& kept) {
    return fmt::format("cannot use the kept package {} {}", kept.name, kept.version);
}

/// The architecture of a package file whose name and version are what they should be. Throws Error.
std::string architecture_of(const fs::path& path, const KeptPackage& kept) {
    FileFd file;
    if (!file.Open(path.string(), FileFd::ReadOnly)) fail(using_kept(kept));
    debDebFile archive(file);
    debDebFile::MemControlExtract control;
    const bool read = take_errors().empty() && control.Read(archive);
    if (!take_errors().empty() || !read)
        throw Error(using_kept(kept), kept.path.string() + " is no Debian package", kept_hint);
    const auto name = control.Section.FindS("Package");
    const auto version = control.Section.FindS("Version");
    if (name != kept.name || version != kept.version)
        throw Error(using_kept(kept), fmt::format("{} is {} {}", kept.path.string(), name, version),
                    kept_hint);
    return control.Section.FindS("Architecture");
}

void check_hash(const KeptPackage& kept) {
    const auto found = sha256_of(kept.path);
    if (found.empty()) throw Error(using_kept(kept), kept.path.string() + " is not there", kept_hint);
    if (found != kept.sha256)
        throw Error(using_kept(kept),
                    fmt::format("{} has the SHA-256 {}, and was kept with {}", kept.path.string(), found,
                                kept.sha256),
                    kept_hint);
}

}  // namespace

KeptFiles::~KeptFiles() {
    if (leave_) return;
    std::error_code ignored;  // what is left takes room until apt-get clean, and hurts nobody
    for (const auto& [path, sha256] : placed_)
        fs::remove(path, ignored);
}

void KeptFiles::verify() {
    for (const auto& [name, kept] : files_) {
        check_hash(kept);
        architecture_of(kept.path, kept);
        offered_[name] = kept.path;
        found_[kept.path] = kept.sha256;
    }
}

void KeptFiles::place() {
    for (const auto& [name, kept] : files_) {
        check_hash(kept);
        const auto architecture = architecture_of(kept.path, kept);
        const fs::path path = archives_folder() / archive_name(kept.name, kept.version, architecture);
        offered_[name] = path;
        if (apt_helper::sha256_of(path) == kept.sha256) {
            found_[path] = kept.sha256;
            continue;
        }
        // Verified once more, since this is the read that dpkg's copy comes from.
        copy_archive(kept.path, path, kept.sha256, using_kept(kept));
        placed_[path] = kept.sha256;
        say("taking " + kept.path.string());
    }
}

void KeptFiles::offer(pkgCacheFile& cache) const {
    if (offered_.empty()) return;
    if (!cache.BuildSourceList()) fail("cannot read apt's sources");
    for (const auto& [name, path] : offered_)
        if (!cache.GetSourceList()->AddVolatileFile(path.string())) fail(using_kept(files_.at(name)));
}

bool KeptFiles::bring(const std::string& name, const pkgCache::VerIterator& version) const {
    const auto offered = offered_.find(name);
    if (offered == offered_.end()) return false;
    for (auto place = version.FileList(); !place.end(); ++place) {
        const auto file = place.File();
        if (file.Flagged(pkgCache::Flag::LocalSource) && file.FileName() == offered->second.string())
            return true;
    }
    return false;
}

std::string KeptFiles::sha256_of(const fs::path& archive) const {
    for (const auto* list : {&placed_, &found_})
        if (const auto entry = list->find(archive); entry != list->end()) return entry->second;
    return {};
}

}  // namespace dray::apt_helper
