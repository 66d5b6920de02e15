// The download of a refresh, whose lists are tried before they take the place of those that are there.
#include "apt_helper/refresh_log.h"

#include "apt_helper/list_trial.h"
#include "apt_helper/package_index.h"
#include "error.h"

#include <apt-pkg/acquire-item.h>
#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

namespace dray::apt_helper {
namespace {

namespace fs = std::filesystem;

constexpr auto runtime = "/run/dray";  // where a run has its lock: it is there, and root's alone to write in

/// What has come of one release.
struct NewLists {
    std::vector<pkgAcquire::Item*> indexes;
    ListFiles files;

    bool has_plain(const std::string& name) const {
        return std::ranges::any_of(files, [&name](const auto& each) {
            return is_package_index(each.first) && plain_name(each.first) == plain_name(name);
        });
    }
};

using Releases = std::map<std::string, NewLists>;  ///< by how the names of their files begin

/// Whether an item's file is to become one of apt's lists: as long as it is under way its name is one in the
/// folder `partial`.
bool has_come(const pkgAcquire::Item& item) {
    return item.Status == pkgAcquire::Item::StatDone &&
           fs::path(item.DestFile).parent_path().filename() != "partial";
}

/// What is new, by release; a release of which no index is new is left out. What has not arrived now may lie
/// in `partial` since an earlier refresh, whose lists were refused.
Releases new_lists(pkgAcquire& fetcher, const Selection& selection,
                   const std::set<const pkgAcquire::Item*>& arrived) {
    Releases releases;
    for (auto item = fetcher.ItemsBegin(); item != fetcher.ItemsEnd(); ++item) {
        const fs::path file = (*item)->DestFile;
        const std::string name = file.filename();
        const auto owner = selection.owner(name);
        if (owner == selection.releases().end() || !has_come(**item)) continue;
        const auto prefix = owner->file_prefix();
        const bool is_index = is_package_index(name);
        const bool is_release = name == prefix + "InRelease" || name == prefix + "Release";
        if (is_index ? !arrived.contains(*item) : !is_release) continue;
        auto content = new_content(file);
        if (content.empty()) continue;
        auto& release = releases[prefix];
        release.files[name] = std::move(content);
        if (is_index) release.indexes.push_back(*item);
    }
    std::erase_if(releases, [](const auto& each) { return each.second.indexes.empty(); });
    return releases;
}

/// The lists as they will be: those of the release that are not new stay.
ListFiles lists_to_be(const std::string& prefix, const NewLists& release) {
    ListFiles files = release.files;
    std::error_code none;  // then there are only new ones
    for (const auto& entry :
         fs::directory_iterator(fs::path(release.indexes.front()->DestFile).parent_path(), none)) {
        const std::string name = entry.path().filename();
        if (!name.starts_with(prefix) || !entry.is_regular_file(none) || release.has_plain(name)) continue;
        files.try_emplace(name, entry.path());
    }
    return files;
}

/// Lists that could not be used before are not the fault of what is new, which may be what mends them.
ListDefect defect_of_new(const std::string& prefix, const NewLists& release) {
    auto files = lists_to_be(prefix, release);
    for (;;) {
        auto defect = list_defect(files, runtime);
        if (!defect || release.files.contains(defect.list)) return defect;
        // Which of them it is libapt does not always say.
        if (files.erase(defect.list) == 0) return list_defect(release.files, runtime);
    }
}

/// Fails one of the indexes, or all when it has no name.
void fail_indexes(const NewLists& release, const std::string& name, const std::string& why) {
    for (auto* const item : release.indexes) {
        if (!name.empty() && fs::path(item->DestFile).filename() != name) continue;
        item->Status = pkgAcquire::Item::StatError;
        item->ErrorText = why;
    }
}

}  // namespace

void RefreshLog::Done(pkgAcquire::ItemDesc& item) {
    AcquireLog::Done(item);
    arrived_.insert(item.Owner);
}

/// Also of a download that was given up: what was whole by then is put in place.
void RefreshLog::Stop() {
    AcquireLog::Stop();
    if (fetcher_ == nullptr) return;
    for (const auto& [prefix, release] : new_lists(*fetcher_, selection_, arrived_)) {
        try {
            if (const auto defect = defect_of_new(prefix, release))
                fail_indexes(release, defect.list, std::string(unusable_index) + defect.words);
        } catch (const Error& error) {
            fail_indexes(release, {}, error.what());
        }
    }
}

}  // namespace dray::apt_helper
