// The files of apt's lists on the disk.
#include "apt_helper/list_files.h"

#include "apt_helper/archive_copy.h"
#include "apt_helper/library.h"

#include <apt-pkg/fileutl.h>
#include <apt-pkg/indexfile.h>

#include <algorithm>
#include <memory>
#include <string_view>
#include <system_error>

namespace dray::apt_helper {
namespace {

namespace fs = std::filesystem;

void remove_torn(const fs::path& file) {
    say("removing " + file.string() + ", which a power cut has torn");
    if (!RemoveFile("dray-apt", file)) fail("cannot remove " + file.string());
}

/// Whether a list is what the release file says it is, as far as its size tells.
bool is_whole(const metaIndex& index, const IndexTarget& target, const fs::path& file) {
    std::error_code error;
    const auto size = fs::file_size(file, error);
    if (error) return true;  // libapt says what is wrong with it
    // In the form in which it is kept, which may be libapt's own choice and then stands nowhere.
    const auto plain = fs::path(target.Option(IndexTarget::FILENAME)).filename().string();
    const auto form =
        file.filename().string().substr(std::min(plain.size(), file.filename().string().size()));
    if (const auto* said = index.Lookup(target.MetaKey + form)) return said->Size == size;
    const auto* said = index.Lookup(target.MetaKey);
    return size > 0 || said == nullptr || said->Size == 0;
}

}  // namespace

void remove_torn_lists(const metaIndex& release, const fs::path& release_file) {
    std::error_code error;
    const auto size = fs::file_size(release_file, error);
    if (error) return;  // nothing is known of the release yet
    if (size == 0) return remove_torn(release_file);
    // What is loaded into the release itself would count as verified; its clone has no targets.
    const std::unique_ptr<metaIndex> index(release.UnloadedClone());
    std::string problem;
    if (index->Load(release_file, &problem)) {
        for (const IndexTarget& target : release.GetIndexTargets()) {
            const fs::path file = target.Option(IndexTarget::EXISTING_FILENAME);
            if (!file.empty() && !is_whole(*index, target, file)) remove_torn(file);
        }
    }
    take_errors();  // of a release file that cannot be read libapt tells once more
}

void sync_lists(const fs::path& lists, const std::string& prefix) {
    for (const auto& entry : fs::directory_iterator(lists))
        if (entry.is_regular_file() && entry.path().filename().string().starts_with(prefix))
            sync_archive(entry.path());
}

}  // namespace dray::apt_helper
