// Packages that a recipe lets come from certain sources alone, whoever brings them into a plan.
#pragma once

#include "apt_helper/source_files.h"

#include <apt-pkg/cachefile.h>
#include <apt-pkg/pkgcache.h>

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace dray::apt_helper {

/// Which sources may bring which packages, of any architecture; see host::Transaction::from.
class AllowedSources {
  public:
    AllowedSources(pkgCacheFile& cache, std::map<std::string, std::set<std::string>> from);

    /// Whether the recipe says who may bring the package NAME or NAME:ARCH.
    bool restricts(const std::string& name) const;

    /// Whether the version may be brought here.
    bool allows(const pkgCache::VerIterator& version) const;

    /// Has libapt's resolver choose, of each such package, what apt's policy would of the versions that its
    /// sources have, or what is installed; without one there is no candidate. Called before anything is
    /// marked for itself, as the marks of such packages may change.
    void limit_candidates();

    /// Of the versions that `limit_candidates` has set aside, those of packages that a text names, as
    /// `words` tells them; "" when there are none.
    std::string set_aside(std::string_view text) const;

    /// Why what the cache is marked to do to the package is not allowed, see `words`; "" when it is.
    std::string objection_to(const pkgCache::PkgIterator& package) const;

  private:
    pkgCache::VerIterator candidate_of(const pkgCache::PkgIterator& package) const;
    std::string words(const pkgCache::VerIterator& version) const;

    pkgCacheFile& cache_;
    std::map<std::string, std::set<std::string>> from_;
    std::optional<SourceFiles> sources_;  ///< when there is something to look up
    std::vector<pkgCache::VerIterator> set_aside_;
};

}  // namespace dray::apt_helper
