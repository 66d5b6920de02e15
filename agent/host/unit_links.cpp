// Whether the links that enable units are still those that the manager has seen.
#include "host/unit_links.h"

#include <dirent.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <memory>
#include <set>
#include <string_view>
#include <utility>

namespace dray::host {
namespace {

using std::chrono::duration_cast;
using std::chrono::microseconds;

constexpr auto grain_us = static_cast<std::int64_t>(microseconds(file_time_grain).count());

/// Source: systemd.unit(5), "Unit File Load Path".
bool is_filled_by_manager(const std::filesystem::path& folder) {
    constexpr std::array<std::string_view, 5> names = {"generator", "generator.early", "generator.late",
                                                       "system.control", "transient"};
    return std::ranges::find(names, folder.filename().native()) != names.end();
}

/// Whether links in a folder of this name make other units want, need or hold up theirs.
bool is_of_links(std::string_view name) {
    return name.ends_with(".wants") || name.ends_with(".requires") || name.ends_with(".upholds");
}

/// What was changed is told by the time of its inode: that of the content dpkg sets to the package's.
bool is_older(const struct stat& folder, const UnitLoad& load) {
    const auto changed = static_cast<std::int64_t>(folder.st_ctim.tv_sec) * 1'000'000 +
                         static_cast<std::int64_t>(folder.st_ctim.tv_nsec) / 1000;
    return changed + grain_us <= static_cast<std::int64_t>(load.real_us);
}

bool clock_was_set(const UnitLoad& load) {
    const auto real =
        duration_cast<microseconds>(std::chrono::system_clock::now().time_since_epoch()).count();
    const auto monotonic =
        duration_cast<microseconds>(std::chrono::steady_clock::now().time_since_epoch()).count();
    const auto then = static_cast<std::int64_t>(load.real_us) - static_cast<std::int64_t>(load.monotonic_us);
    return std::abs(real - monotonic - then) > grain_us;
}

/// Whether the folder, and each one of links in it, is older than what the manager knows.
bool folder_unchanged(DIR* folder, const UnitLoad& load) {
    while (const dirent* const entry = ::readdir(folder)) {
        if (!is_of_links(entry->d_name)) continue;
        struct stat links {};
        if (::fstatat(::dirfd(folder), entry->d_name, &links, 0) != 0 || !is_older(links, load)) return false;
    }
    return true;
}

}  // namespace

bool unit_links_unchanged(const UnitLoad& load) {
    if (load.real_us == 0 || load.folders.empty() || clock_was_set(load)) return false;
    std::set<std::pair<dev_t, ino_t>> seen;  // /lib may be /usr/lib
    for (const auto& path : load.folders) {
        if (is_filled_by_manager(path)) continue;
        const std::unique_ptr<DIR, int (*)(DIR*)> folder(::opendir(path.c_str()), ::closedir);
        if (!folder) {
            if (errno == ENOENT || errno == ENOTDIR) continue;
            return false;
        }
        struct stat status {};
        if (::fstat(::dirfd(folder.get()), &status) != 0 || !is_older(status, load)) return false;
        if (seen.emplace(status.st_dev, status.st_ino).second && !folder_unchanged(folder.get(), load))
            return false;
    }
    return true;
}

}  // namespace dray::host
