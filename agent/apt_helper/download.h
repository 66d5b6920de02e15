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
    /// the host's file systems together for what is unpacked. (Packages do not say where their bytes go, so a
    /// file system that alone is too small is found by dpkg, which then keeps the old files.)
    void check_space() const;

    /// Downloads and verifies everything. What apt has already, whole or in part, is used. Throws Error.
    void run();

  private:
    pkgCacheFile& cache_;
    AcquireLog log_;
    pkgAcquire fetcher_;
    pkgRecords records_;
};

}  // namespace dray::apt_helper
