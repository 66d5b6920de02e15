// The version of one package that a recipe's wish leads to, and why it is that one.
#pragma once

#include "apt_helper/source_files.h"
#include "apt_helper/version_rule.h"
#include "host/apt.h"

#include <apt-pkg/cachefile.h>
#include <apt-pkg/pkgcache.h>
#include <apt-pkg/pkgrecords.h>
#include <apt-pkg/policy.h>

#include <string>

namespace dray::apt_helper {

/// The choice among all versions that apt knows of. Source: apt_preferences(5), "How APT Interprets
/// Priorities".
class Choice {
  public:
    /// The cache has to have a policy. Throws Error when the wish's version is none.
    Choice(pkgCacheFile& cache, pkgRecords& records, const SourceFiles& sources,
           const host::PackageWish& wish);

    host::PackageStatus status() const;
    host::AptExplanation explain() const;

  private:
    std::string installed() const;
    bool is_installed(const pkgCache::VerIterator& version) const;
    bool held() const;
    void describe_candidate(host::PackageStatus& status) const;
    int priority(const pkgCache::VerIterator& version) const;
    bool acceptable(const pkgCache::VerIterator& version) const;
    bool goes_back(const pkgCache::VerIterator& version) const;
    std::string wanted(const std::string& installed) const;
    pkgCache::VerIterator best() const;
    std::string why_none() const;
    std::string phase_of(const pkgCache::VerIterator& version) const;
    std::string words(const pkgCache::VerIterator& version, const host::AptExplanation& known,
                      int best_priority) const;

    pkgCacheFile& cache_;
    pkgRecords& records_;
    pkgPolicy& policy_;
    pkgCache::PkgIterator package_;
    const SourceFiles& sources_;
    const host::PackageWish& wish_;
    VersionRule rule_;
};

}  // namespace dray::apt_helper
