// The packages of a plan are brought into apt's archives and verified, before anything is changed.
#pragma once

#include "apt_helper/acquire_log.h"

#include <apt-pkg/acquire.h>
#include <apt-pkg/cachefile.h>
#include <apt-pkg/packagemanager.h>
#include <apt-pkg/pkgrecords.h>

#include <chrono>

namespace dray::apt_helper {

/// The downloads of one plan. Holds the lock of apt's archives as long as it lives.
class Download {
  public:
    /// Throws Error when the archives cannot be locked within `lock_wait`, or a package has no trusted
    /// source.
    Download(pkgCacheFile& cache, pkgPackageManager& manager, std::chrono::seconds lock_wait);

    /// Throws Error when the plan needs more room than there is: in the archives for the downloads, and on
    /// the host's file systems together for what is unpacked. (Where its bytes go a package tells only when
    /// it is there; see check_archives.)
    void check_space() const;

    /// Downloads and verifies everything. What apt has already, whole or in part, is used. Throws Error.
    void run();

    /// Looks into what was downloaded, see ArchiveCheck. Throws Error.
    void check_archives();

  private:
    pkgCacheFile& cache_;
    AcquireLog log_;
    pkgAcquire fetcher_;
    pkgRecords records_;
};

}  // namespace dray::apt_helper
