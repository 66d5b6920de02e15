// The packages of a plan are brought into apt's archives and verified, before anything is changed.
#include "apt_helper/download.h"

#include "apt_helper/archive_check.h"
#include "apt_helper/archive_copy.h"
#include "apt_helper/disk_space.h"
#include "apt_helper/library.h"
#include "apt_helper/lock.h"
#include "apt_helper/source_files.h"
#include "error.h"
#include "host/apt.h"

#include <apt-pkg/acquire-item.h>
#include <apt-pkg/configuration.h>
#include <apt-pkg/depcache.h>
#include <apt-pkg/error.h>
#include <apt-pkg/fileutl.h>
#include <apt-pkg/hashes.h>
#include <spdlog/fmt/fmt.h>

#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <future>
#include <map>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

namespace dray::apt_helper {
namespace {

/// What tells one file from another that has taken its place.
CheckedArchives::Identity identity_of(const std::filesystem::path& path) {
    struct stat status {};
    if (::stat(path.c_str(), &status) != 0) return {};
    return {.inode = status.st_ino,
            .size = status.st_size,
            .modified_s = status.st_mtim.tv_sec,
            .modified_ns = status.st_mtim.tv_nsec};
}

constexpr auto downloading = "cannot download the packages";
// libapt's words, of its own file in partial/.
constexpr auto was_removed = "rename failed, No such file or directory";
// Less than dray.service may take: 60 MB at 20 kB/s.
constexpr int download_limit_seconds = 50 * 60;

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

void CheckedArchives::add(const std::filesystem::path& path) {
    files_[path] = identity_of(path);
}

bool CheckedArchives::contains(const std::filesystem::path& path) const {
    const auto found = files_.find(path);
    return found != files_.end() && found->second == identity_of(path);
}

void CheckedArchives::begin_sync(std::vector<std::filesystem::path> files) {
    syncs_.push_back(std::async(std::launch::async, [files = std::move(files)] {
        for (const auto& file : files)
            sync_archive(file);
    }));
}

void CheckedArchives::end_sync() {
    for (auto& sync : std::exchange(syncs_, {}))
        sync.get();
}

std::chrono::seconds download_limit() {
    return std::chrono::seconds(_config->FindI("Dray::Download-Limit", download_limit_seconds));
}

void lock_archives(pkgAcquire& fetcher, LockPatience& patience, const std::string& attempt) {
    // The folder as libapt itself writes it, or it would not make what it needs there.
    lock_by_libapt({archives_folder() / "lock"}, patience, attempt,
                   [&] { return fetcher.GetLock(_config->FindDir("Dir::Cache::archives")); });
}

bool remove_damaged(pkgAcquire& fetcher, const KeptFiles& kept, const CheckedArchives& checked) {
    bool removed = false;
    for (auto item = fetcher.ItemsBegin(); item != fetcher.ItemsEnd(); ++item) {
        const std::string& file = (*item)->DestFile;
        if (!(*item)->Complete || checked.contains(file) || is_whole(**item, kept)) continue;
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

void check_trust(pkgAcquire& fetcher, const std::string& attempt) {
    for (auto item = fetcher.ItemsBegin(); item != fetcher.ItemsEnd(); ++item) {
        if ((*item)->IsTrusted()) continue;
        throw Error(attempt, fmt::format("{} comes from a source that is not signed", (*item)->ShortDesc()),
                    "dray never installs what it cannot verify; sign the repository");
    }
}

void run_downloads(pkgAcquire& fetcher, const AcquireLog& log, const std::string& attempt) {
    if (fetcher.Run() == pkgAcquire::Failed) fail(attempt);
    std::string failures;
    bool stale = false;
    bool full = false;
    bool unreachable = true;
    for (auto item = fetcher.ItemsBegin(); item != fetcher.ItemsEnd(); ++item) {
        if ((*item)->Status == pkgAcquire::Item::StatDone && (*item)->Complete) continue;
        failures += (failures.empty() ? "" : "; ") + failure_text(**item, log);
        stale = stale || no_longer_there(**item);
        full = full || is_full(**item);
        unreachable = unreachable && is_unreachable(**item) && !log.too_long(**item);
    }
    take_errors();
    if (failures.empty()) return;
    if (stale)
        throw host::ListsOutdated(attempt + ", as apt's lists name files that the repository no longer has",
                                  failures, "nothing was changed; the next run reads the lists again");
    if (full)
        throw Error(attempt + ": no space on " + archives_folder().string(), failures,
                    "free space there; nothing was changed, and the next run tries again");
    constexpr auto hint = "nothing was changed; the next run tries again";
    if (unreachable) throw host::RepositoryUnreachable(attempt, failures, hint);
    throw Error(attempt, failures, hint);
}

Download::Download(pkgCacheFile& cache, pkgPackageManager& manager, const KeptFiles& kept,
                   LockPatience& patience, CheckedArchives& checked)
    : Download(cache, &manager, kept, patience, checked) {}

Download::Download(pkgCacheFile& cache, const KeptFiles& kept, LockPatience& patience,
                   CheckedArchives& checked)
    : Download(cache, nullptr, kept, patience, checked) {}

Download::Download(pkgCacheFile& cache, pkgPackageManager* manager, const KeptFiles& kept,
                   LockPatience& patience, CheckedArchives& checked)
    : cache_(cache),
      manager_(manager),
      kept_(kept),
      checked_(checked),
      log_(download_limit()),
      fetcher_(&log_),
      records_(cache) {
    lock_archives(fetcher_, patience, downloading);
    find_archives();
    if (!remove_damaged(fetcher_, kept, checked)) return;
    fetcher_.Shutdown();  // which is what removes the items; the lock stays
    find_archives();
}

void Download::find_archives() {
    const bool found =
        manager_ ? manager_->GetArchives(&fetcher_, cache_.GetSourceList(), &records_) : add_archives();
    if (!found) fail(downloading);
    const std::string errors = take_errors();
    if (!errors.empty()) throw Error(downloading, errors);
    check_trust(fetcher_, downloading);
}

/// As pkgPackageManager::GetArchives chooses them.
bool Download::add_archives() {
    for (auto package = cache_->PkgBegin(); !package.end(); ++package) {
        auto& state = cache_[package];
        const bool again = (state.iFlags & pkgDepCache::ReInstall) != 0 ||
                           package.State() == pkgCache::PkgIterator::NeedsUnpack;
        if (state.Delete() || !(state.Install() || again)) continue;
        const auto version = state.InstVerIter(cache_);
        if (version.end() || kept_.bring(package.Name(), version)) continue;
        // The fetcher owns it.
        new pkgAcqArchive(&fetcher_, cache_.GetSourceList(), &records_, version, stored_.emplace_back());
    }
    return !_error->PendingError();
}

void Download::check_space(Blocks blocks) const {
    auto& fetcher = const_cast<pkgAcquire&>(fetcher_);  // libapt's sums are not marked const
    const Bytes download = fetcher.FetchNeeded() - std::min(fetcher.FetchNeeded(), fetcher.PartialPresent());
    const Bytes in_archives = free_space(archives_folder(), blocks);
    if (download > in_archives) no_room(archives_folder().string(), download, in_archives);

    Bytes needed = unpacked_size(cache_);
    Bytes room = 0;
    std::string where;
    for (const auto& [number, path] : file_systems()) {
        room += free_space(path, blocks);
        where += (where.empty() ? "" : ", ") + path.string();
        if (number == file_system(archives_folder())) needed += download;
    }
    if (needed > room) no_room(where, needed, room);
}

void Download::run() {
    try {
        run_downloads(fetcher_, log_, downloading);
    } catch (const Error& error) {
        // Not everybody who tidies apt's archives waits for their lock.
        if (error.parts().cause.find(was_removed) == std::string::npos) throw;
        say("somebody has removed what was downloaded; downloading it once more");
        fetcher_.Shutdown();
        find_archives();
        run_downloads(fetcher_, log_, downloading);
    }
}

/// The planned version that an item is the file of.
pkgCache::VerIterator Download::version_of(const pkgAcquire::Item& item) const {
    // libapt describes the file of a package by the package's name.
    const auto package = cache_.GetPkgCache()->FindPkg(item.ShortDesc());
    if (!package.end()) {
        const auto version = cache_[package].InstVerIter(cache_);
        if (!version.end()) return version;
    }
    throw Error("cannot install " + item.ShortDesc(),
                "libapt has fetched it, and the plan has no such package", "nothing was changed");
}

void Download::check_sources(const std::map<std::string, std::set<std::string>>& from) {
    const SourceFiles sources(cache_);
    const auto refuse = [](const pkgAcquire::Item& item, std::string cause, std::string hint) {
        std::error_code ignored;  // what stays is refused again
        std::filesystem::remove(item.DestFile, ignored);
        throw Error("cannot install " + item.ShortDesc(), std::move(cause), std::move(hint));
    };
    for (auto item = fetcher_.ItemsBegin(); item != fetcher_.ItemsEnd(); ++item) {
        if (checked_.contains((*item)->DestFile) || !kept_.sha256_of((*item)->DestFile).empty()) continue;
        const auto version = version_of(**item);
        for (const auto& [name, allowed] : from) {
            const auto package = cache_.GetPkgCache()->FindPkg(name);
            if (package.end() || package.Index() != version.ParentPkg().Index()) continue;
            const auto places = sources.places(version, allowed);
            const bool offered = std::ranges::any_of(places, [&](const auto& place) {
                return records_.Lookup(place).Hashes().VerifyFile((*item)->DestFile);
            });
            if (!offered)
                refuse(**item,
                       fmt::format("{} has brought another package of the same version {} than the recipe's "
                                   "sources have",
                                   public_uri((*item)->DescURI()), version.VerStr()),
                       "nothing was changed; take that source away, or publish the package under a version "
                       "of its own");
        }
    }
}

void Download::check_archives(Blocks blocks) {
    std::vector<ExpectedArchive> unchecked;
    for (auto item = fetcher_.ItemsBegin(); item != fetcher_.ItemsEnd(); ++item) {
        const auto version = version_of(**item);
        const std::string name = version.ParentPkg().Name();
        if (kept_.contains(name) && kept_.sha256_of((*item)->DestFile).empty())
            throw Error(downloading, fmt::format("apt does not take the kept package {} {}, but {}", name,
                                                 version.VerStr(), (*item)->DestFile));
        if (checked_.contains((*item)->DestFile)) continue;
        unchecked.push_back({.file = (*item)->DestFile,
                             .name = name,
                             .version = version.VerStr(),
                             .architecture = version.Arch()});
    }
    // One waits for the disk, the other for a processor.
    std::vector<std::filesystem::path> files;
    for (const auto& archive : unchecked)
        files.push_back(archive.file);
    if (!files.empty()) checked_.begin_sync(std::move(files));
    ArchiveCheck check;
    for (const auto& archive : unchecked)
        check.add(archive);
    check.check_space(blocks);
    for (auto item = fetcher_.ItemsBegin(); item != fetcher_.ItemsEnd(); ++item)
        checked_.add((*item)->DestFile);
}

}  // namespace dray::apt_helper
