// The folder in which apt keeps the packages that it has downloaded.
#pragma once

#include "host/apt.h"

#include <apt-pkg/pkgcache.h>

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace dray::apt_helper {

/// Where a version's file is, or would be.
std::filesystem::path archive_file(const pkgCache::VerIterator& version);

/// A name or a version as it stands in such a file's name, where a colon or an underscore could not stand.
/// Source: apt's QuoteString(…, "_:").
std::string file_text(std::string_view text);

/// A package's file in that folder, by its name alone.
struct ArchivedPackage {
    std::filesystem::path file;
    std::string version;
    std::string architecture;  ///< "all", or the package's own

    bool operator==(const ArchivedPackage&) const = default;
};

/// The files of a package, NAME for dpkg's own architecture or NAME:ARCH, those of the latest date first; at
/// this version, or at any when `version` is "". A folder that cannot be read has none.
std::vector<ArchivedPackage> archived_packages(const std::string& name, const std::string& version);

/// Of the packages that were changed, only the versions before and after stay in the archives: the one runs,
/// and the other is what one goes back to. Nobody else clears that folder of a host that never calls
/// `apt-get clean`. What cannot be removed is logged.
void prune_archives(const std::vector<host::AptChange>& changes);

}  // namespace dray::apt_helper
