// The packages of a plan are brought into apt's archives and verified, before anything is changed.
#pragma once

#include "apt_helper/acquire_log.h"
#include "apt_helper/disk_space.h"
#include "apt_helper/kept_files.h"
#include "apt_helper/lock.h"

#include <apt-pkg/acquire.h>
#include <apt-pkg/cachefile.h>
#include <apt-pkg/packagemanager.h>
#include <apt-pkg/pkgrecords.h>

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <deque>
#include <filesystem>
#include <future>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace dray::apt_helper {

/// Packages in apt's archives that have passed all checks, and need none again while they stay as they are.
class CheckedArchives {
  public:
    struct Identity {
        ino_t inode = 0;
        off_t size = 0;
        std::int64_t modified_s = 0;
        std::int64_t modified_ns = 0;
        bool operator==(const Identity&) const = default;
    };

    void add(const std::filesystem::path& path);
    bool contains(const std::filesystem::path& path) const;

    /// Begins to have these files reach the disk, see sync_archive. It goes on behind what is done next.
    void begin_sync(std::vector<std::filesystem::path> files);
    /// Waits until all have that were begun with. Throws Error.
    void end_sync();

  private:
    std::map<std::filesystem::path, Identity> files_;
    std::vector<std::future<void>> syncs_;
};

/// How long a download may take altogether: Dray::Download-Limit of apt.conf(5), 50 minutes without it.
std::chrono::seconds download_limit();

/// Takes the lock of apt's archives for `fetcher`, which has it as long as it lives. Throws Error.
void lock_archives(pkgAcquire& fetcher, LockPatience& patience, const std::string& attempt);

/// Removes those files of apt's archives which `fetcher` would take as they are and that have not the hash
/// which the signed index says: libapt looks at nothing but their size. Whether there were some; then its
/// items have to be made anew. A file of `kept` has to have its own hash; one in `checked` is not read again.
/// Throws Error.
bool remove_damaged(pkgAcquire& fetcher, const KeptFiles& kept, const CheckedArchives& checked);

/// Throws Error naming an item whose source is not signed.
void check_trust(pkgAcquire& fetcher, const std::string& attempt);

/// Downloads and verifies everything; `log` is what watches `fetcher`. Throws Error, ListsOutdated when the
/// repository has a file no more, or RepositoryUnreachable when nothing else is wrong than that it is gone.
void run_downloads(pkgAcquire& fetcher, const AcquireLog& log, const std::string& attempt);

/// The downloads of one plan. Holds the lock of apt's archives as long as it lives.
class Download {
  public:
    /// All files that `manager` is to install, the kept ones in apt's archives among them.
    /// Throws Error when the archives cannot be locked, or a package has no trusted source.
    /// What is in `checked` is not checked again, and what passes is added.
    Download(pkgCacheFile& cache, pkgPackageManager& manager, const KeptFiles& kept, LockPatience& patience,
             CheckedArchives& checked);
    /// The files of the plan that are not kept. Throws Error likewise.
    Download(pkgCacheFile& cache, const KeptFiles& kept, LockPatience& patience, CheckedArchives& checked);

    /// Throws Error when the plan needs more room than there is: in the archives for the downloads, and on
    /// the host's file systems together for what is unpacked. (Where its bytes go a package tells only when
    /// it is there; see check_archives.)
    void check_space(Blocks blocks) const;

    /// Downloads and verifies everything. What apt has already, whole or in part, is used. Throws Error.
    void run();

    /// Whether each package that may come from certain sources alone (names of packages to names of sources)
    /// is the very one that one of them offers. libapt takes two versions of the same number and size for
    /// one, and fetches it from whichever source has it. Kept files are their own word. Throws Error, and
    /// removes the file.
    void check_sources(const std::map<std::string, std::set<std::string>>& from);

    /// Looks into what was downloaded, see ArchiveCheck, and has it reach the disk meanwhile: the end of that
    /// is to be waited for, see CheckedArchives::end_sync, before dpkg gets it. Throws Error.
    void check_archives(Blocks blocks);

  private:
    Download(pkgCacheFile& cache, pkgPackageManager* manager, const KeptFiles& kept, LockPatience& patience,
             CheckedArchives& checked);
    void find_archives();
    bool add_archives();
    pkgCache::VerIterator version_of(const pkgAcquire::Item& item) const;

    pkgCacheFile& cache_;
    pkgPackageManager* manager_;  ///< nullptr: the plan in `cache_` itself says what is needed
    const KeptFiles& kept_;
    CheckedArchives& checked_;
    AcquireLog log_;
    pkgAcquire fetcher_;
    pkgRecords records_;
    std::deque<std::string> stored_;  ///< where libapt says where each file is
};

}  // namespace dray::apt_helper
