// The packages of a plan are brought into apt's archives and verified, before anything is changed.
#pragma once

#include "apt_helper/acquire_log.h"
#include "apt_helper/kept_files.h"

#include <apt-pkg/acquire.h>
#include <apt-pkg/cachefile.h>
#include <apt-pkg/packagemanager.h>
#include <apt-pkg/pkgrecords.h>

#include <chrono>
#include <string>

namespace dray::apt_helper {

constexpr auto download_limit = std::chrono::hours(2);  // 60 MB at 10 kB/s, and no server that never ends

/// Takes the lock of apt's archives for `fetcher`, which has it as long as it lives. Throws Error.
void lock_archives(pkgAcquire& fetcher, std::chrono::seconds lock_wait, const std::string& attempt);

/// Removes those files of apt's archives which `fetcher` would take as they are and that have not the hash
/// which the signed index says: libapt looks at nothing but their size. Whether there were some; then its
/// items have to be made anew. A file of `kept` has to have its own hash. Throws Error.
bool remove_damaged(pkgAcquire& fetcher, const KeptFiles& kept);

/// Throws Error naming an item whose source is not signed.
void check_trust(pkgAcquire& fetcher, const std::string& attempt);

/// Downloads and verifies everything. Throws Error, or ListsOutdated when the repository has a file no more.
void run_downloads(pkgAcquire& fetcher, const std::string& attempt);

/// The downloads of one plan. Holds the lock of apt's archives as long as it lives.
class Download {
  public:
    /// Throws Error when the archives cannot be locked within `lock_wait`, or a package has no trusted
    /// source.
    Download(pkgCacheFile& cache, pkgPackageManager& manager, const KeptFiles& kept,
             std::chrono::seconds lock_wait);

    /// Throws Error when the plan needs more room than there is: in the archives for the downloads, and on
    /// the host's file systems together for what is unpacked. (Where its bytes go a package tells only when
    /// it is there; see check_archives.)
    void check_space() const;

    /// Downloads and verifies everything. What apt has already, whole or in part, is used. Throws Error.
    void run();

    /// Looks into what was downloaded, see ArchiveCheck, and has it reach the disk. Throws Error.
    void check_archives();

  private:
    void find_archives(pkgPackageManager& manager);

    pkgCacheFile& cache_;
    const KeptFiles& kept_;
    AcquireLog log_;
    pkgAcquire fetcher_;
    pkgRecords records_;
};

}  // namespace dray::apt_helper
