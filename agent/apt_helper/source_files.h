// Which of the host's sources a version of a package comes from.
#pragma once

#include <apt-pkg/cachefile.h>
#include <apt-pkg/pkgcache.h>

#include <map>
#include <set>
#include <string>
#include <vector>

namespace dray::apt_helper {

/// The files of apt's sources, by what the cache has read of them.
class SourceFiles {
  public:
    /// Reads the files of apt's folder of sources; those that cannot be read bring nothing.
    explicit SourceFiles(pkgCacheFile& cache);

    /// Whether one of these sources, by the names of their files without folder and suffix, offers the
    /// version.
    bool offered_by(const pkgCache::VerIterator& version, const std::set<std::string>& sources) const;

    /// The places where these sources offer the version.
    std::vector<pkgCache::VerFileIterator> places(const pkgCache::VerIterator& version,
                                                  const std::set<std::string>& sources) const;

    /// The names of all sources that offer the version.
    std::set<std::string> names(const pkgCache::VerIterator& version) const;

    /// Where the version comes from, in apt's words and with the sources' names:
    /// "http://repository.test/apt stable/main amd64 Packages [internal]", "installed".
    std::vector<std::string> origins(const pkgCache::VerIterator& version) const;

  private:
    pkgCacheFile& cache_;
    std::map<unsigned long, std::set<std::string>> names_;  ///< by the number of a release file
};

}  // namespace dray::apt_helper
