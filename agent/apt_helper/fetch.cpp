// The .deb of one version of a package is kept, so that the version can be had with no repository at hand.
#include "apt_helper/fetch.h"

#include "apt_helper/acquire_log.h"
#include "apt_helper/archive_copy.h"
#include "apt_helper/disk_space.h"
#include "apt_helper/download.h"
#include "apt_helper/index_record.h"
#include "apt_helper/library.h"
#include "error.h"

#include <apt-pkg/acquire-item.h>
#include <apt-pkg/cachefile.h>
#include <apt-pkg/fileutl.h>
#include <apt-pkg/pkgrecords.h>
#include <spdlog/fmt/fmt.h>

#include <filesystem>
#include <string>
#include <utility>

namespace dray::apt_helper {
namespace {

namespace fs = std::filesystem;

class Fetch {
  public:
    Fetch(const host::AptFetch& wanted, LockPatience& patience)
        : wanted_(wanted),
          patience_(patience),
          attempt_(fmt::format("cannot keep {} {}", wanted.name, wanted.version)) {
        if (!cache_.Open(nullptr, false)) fail(attempt_);
        take_errors();
    }

    host::KeptPackage run() {
        pkgRecords records(cache_);
        const auto version = offered(records);
        kept_.path = wanted_.folder / archive_name(kept_.name, kept_.version, version.Arch());
        if (sha256_of(kept_.path) == kept_.sha256) {
            say("kept already: " + kept_.path.string());
            kept_.size = fs::file_size(kept_.path);
            return std::move(kept_);
        }
        check_space(wanted_.folder, version->Size);
        download(records, version);
        return std::move(kept_);
    }

  private:
    /// The version as a signed source has it.
    pkgCache::VerIterator offered(pkgRecords& records) {
        const auto package = cache_.GetPkgCache()->FindPkg(wanted_.name);
        if (package.end()) refuse();
        for (auto version = package.VersionList(); !version.end(); ++version) {
            if (version.VerStr() != wanted_.version) continue;
            auto sha256 = index_sha256(cache_, records, version);
            if (sha256.empty()) continue;
            kept_.name = package.Name();
            kept_.version = version.VerStr();
            kept_.sha256 = std::move(sha256);
            return version;
        }
        refuse();
    }

    [[noreturn]] void refuse() const {
        throw Error(attempt_, "no signed source has that version (any more)",
                    fmt::format("apt-cache madison {} shows what they have", wanted_.name));
    }

    void check_space(const fs::path& folder, Bytes needed) const {
        const auto free = free_space(folder);
        if (needed > free) no_room(folder.string(), needed, free, attempt_);
    }

    void download(pkgRecords& records, const pkgCache::VerIterator& version) {
        AcquireLog log(download_limit());
        pkgAcquire fetcher(&log);
        lock_archives(fetcher, patience_, attempt_);
        std::string stored;  // libapt keeps a reference to it
        const auto* item = &make_item(fetcher, records, version, stored);
        if (remove_damaged(fetcher, {}, {})) {
            fetcher.Shutdown();
            item = &make_item(fetcher, records, version, stored);
        }
        const bool archived = item->Complete;
        if (!archived) check_space(archives_folder(), version->Size);
        run_downloads(fetcher, log, attempt_);
        kept_.size = copy_archive(item->DestFile, kept_.path, kept_.sha256, attempt_);
        say("kept: " + kept_.path.string());
        take_errors();
    }

    const pkgAcquire::Item& make_item(pkgAcquire& fetcher, pkgRecords& records,
                                      const pkgCache::VerIterator& version, std::string& stored) {
        // The fetcher owns it.
        const auto* const item =
            new pkgAcqArchive(&fetcher, cache_.GetSourceList(), &records, version, stored);
        if (const auto errors = take_errors(); !errors.empty()) throw Error(attempt_, errors);
        check_trust(fetcher, attempt_);
        return *item;
    }

    const host::AptFetch& wanted_;
    LockPatience& patience_;
    std::string attempt_;
    pkgCacheFile cache_;
    host::KeptPackage kept_;
};

}  // namespace

host::KeptPackage fetch(const host::AptFetch& wanted, LockPatience& patience) {
    return Fetch(wanted, patience).run();
}

}  // namespace dray::apt_helper
