// The packages of a plan are brought into apt's archives and verified, before anything is changed.
#include "apt_helper/download.h"

#include "apt_helper/archive_check.h"
#include "apt_helper/archive_copy.h"
#include "apt_helper/disk_space.h"
#include "apt_helper/library.h"
#include "apt_helper/lock.h"
#include "error.h"
#include "host/apt.h"

#include <apt-pkg/acquire-item.h>
#include <apt-pkg/configuration.h>
#include <apt-pkg/depcache.h>
#include <apt-pkg/fileutl.h>
#include <apt-pkg/hashes.h>
#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <string>

namespace dray::apt_helper {
namespace {

constexpr auto downloading = "cannot download the packages";

/// The folders that packages fill, one for each file system.
std::map<dev_t, std::filesystem::path> file_systems() {
    std::map<dev_t, std::filesystem::path> found;
    for (const char* folder : {"/", "/usr", "/opt", "/var", "/etc", "/boot"}) {
        if (std::filesystem::exists(folder)) found.emplace(file_system(folder), folder);
    }
    return found;
}

/// dpkg puts a package's new files beside the old ones before it renames them, so the largest package needs
/// room for all of itself even when in the end nothing grows.
Bytes unpacked_size(pkgCacheFile& cache) {
    Bytes largest = 0;
    for (auto package = cache->PkgBegin(); !package.end(); ++package) {
        if (!cache[package].Install()) continue;
        const auto version = cache[package].InstVerIter(cache);
        if (!version.end()) largest = std::max<Bytes>(largest, version->InstalledSize);
    }
    const auto growth = cache->UsrSize();
    return growth > 0 ? std::max(largest, static_cast<Bytes>(growth)) : largest;
}

bool no_longer_there(const pkgAcquire::Item& item) {
    return item.ErrorText.starts_with("404 ") || item.ErrorText.starts_with("File not found");
}

/// Whether a file is what the signed index says. Source: libapt's HashStringList, which wants the strongest
/// hash that is known.
bool is_whole(const pkgAcquire::Item& item, const KeptFiles& kept) {
    const auto own = kept.sha256_of(item.DestFile);
    if (!own.empty()) return sha256_of(item.DestFile) == own;
    const auto expected = item.GetExpectedHashes();
    return expected.usable() && expected.VerifyFile(item.DestFile);
}

}  // namespace

void lock_archives(pkgAcquire& fetcher, std::chrono::seconds lock_wait, const std::string& downloading) {
    wait_until_free(archives_folder() / "lock", lock_wait);
    // As libapt itself writes it, or it would not make what it needs there.
    if (!fetcher.GetLock(_config->FindDir("Dir::Cache::archives"))) fail(downloading);
}

bool remove_damaged(pkgAcquire& fetcher, const KeptFiles& kept) {
    bool removed = false;
    for (auto item = fetcher.ItemsBegin(); item != fetcher.ItemsEnd(); ++item) {
        if (!(*item)->Complete || is_whole(**item, kept)) continue;
        const std::string& file = (*item)->DestFile;
        if (!kept.sha256_of(file).empty())
            throw Error("cannot use " + file, "somebody has changed it meanwhile",
                        "the next run tries again");
        say("removing " + file + ", which is not what was downloaded");
        if (!RemoveFile("dray-apt", file)) fail("cannot remove " + file);
        removed = true;
    }
    take_errors();
    return removed;
}

void check_trust(pkgAcquire& fetcher, const std::string& downloading) {
    for (auto item = fetcher.ItemsBegin(); item != fetcher.ItemsEnd(); ++item) {
        if ((*item)->IsTrusted()) continue;
        throw Error(downloading,
                    fmt::format("{} comes from a source that is not signed", (*item)->ShortDesc()),
                    "dray never installs what it cannot verify; sign the repository");
    }
}

void run_downloads(pkgAcquire& fetcher, const std::string& downloading) {
    if (fetcher.Run() == pkgAcquire::Failed) fail(downloading);
    std::string failures;
    bool stale = false;
    for (auto item = fetcher.ItemsBegin(); item != fetcher.ItemsEnd(); ++item) {
        if ((*item)->Status == pkgAcquire::Item::StatDone && (*item)->Complete) continue;
        failures += (failures.empty() ? "" : "; ") + failure_text(**item);
        stale = stale || no_longer_there(**item);
    }
    take_errors();
    if (failures.empty()) return;
    if (!stale) throw Error(downloading, failures, "nothing was changed; the next run tries again");
    throw host::ListsOutdated(downloading + ", as apt's lists name files that the repository no longer has",
                              failures, "nothing was changed; the next run reads the lists again");
}

Download::Download(pkgCacheFile& cache, pkgPackageManager& manager, const KeptFiles& kept,
                   std::chrono::seconds lock_wait)
    : cache_(cache), kept_(kept), log_(download_limit), fetcher_(&log_), records_(cache) {
    lock_archives(fetcher_, lock_wait, downloading);
    find_archives(manager);
    if (!remove_damaged(fetcher_, kept)) return;
    fetcher_.Shutdown();  // which is what removes the items; the lock stays
    find_archives(manager);
}

void Download::find_archives(pkgPackageManager& manager) {
    if (!manager.GetArchives(&fetcher_, cache_.GetSourceList(), &records_)) fail(downloading);
    const std::string errors = take_errors();
    if (!errors.empty()) throw Error(downloading, errors);
    check_trust(fetcher_, downloading);
}

void Download::check_space() const {
    auto& fetcher = const_cast<pkgAcquire&>(fetcher_);  // libapt's sums are not marked const
    const Bytes download = fetcher.FetchNeeded() - std::min(fetcher.FetchNeeded(), fetcher.PartialPresent());
    const Bytes in_archives = free_space(archives_folder());
    if (download > in_archives) no_room(archives_folder().string(), download, in_archives);

    Bytes needed = unpacked_size(cache_);
    Bytes room = 0;
    std::string where;
    for (const auto& [number, path] : file_systems()) {
        room += free_space(path);
        where += (where.empty() ? "" : ", ") + path.string();
        if (number == file_system(archives_folder())) needed += download;
    }
    if (needed > room) no_room(where, needed, room);
}

void Download::run() {
    run_downloads(fetcher_, downloading);
}

void Download::check_archives() {
    ArchiveCheck check;
    for (auto item = fetcher_.ItemsBegin(); item != fetcher_.ItemsEnd(); ++item) {
        // libapt describes the file of a package by the package's name.
        const auto package = cache_.GetPkgCache()->FindPkg((*item)->ShortDesc());
        if (package.end()) continue;
        const auto version = cache_[package].InstVerIter(cache_);
        if (version.end()) continue;
        if (kept_.contains(package.Name()) && kept_.sha256_of((*item)->DestFile).empty())
            throw Error(downloading, fmt::format("apt does not take the kept package {} {}, but {}",
                                                 package.Name(), version.VerStr(), (*item)->DestFile));
        check.add({.file = (*item)->DestFile,
                   .name = package.Name(),
                   .version = version.VerStr(),
                   .architecture = version.Arch()});
        sync_archive((*item)->DestFile);
    }
    check.check_space();
}

}  // namespace dray::apt_helper
