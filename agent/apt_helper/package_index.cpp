// Which files of apt's lists are package indexes, and where their new content is.
#include "apt_helper/package_index.h"

#include <system_error>

namespace dray::apt_helper {
namespace {

namespace fs = std::filesystem;

/// ".lz4" when apt keeps its lists compressed, else "".
std::string compressed_extension(const std::string& name) {
    const auto dot = name.find('.', name.rfind('_') + 1);
    return dot == std::string::npos ? "" : name.substr(dot);
}

/// Whether the file in `partial` is only a link to the present one: libapt makes that to look at it again,
/// when the server has said that it has not changed. A file: source's own link leads to its file. Source:
/// apt's acquire-item.cc, pkgAcqIndex::ReverifyAfterIMS and StageDownloadDone.
bool leads_to(const fs::path& link, const fs::path& index) {
    std::error_code no_link;
    return fs::read_symlink(link, no_link) == index;
}

}  // namespace

bool is_package_index(std::string_view name) {
    const auto last = name.substr(name.rfind('_') + 1);  // all of it when there is no '_'
    return last == "Packages" || last.starts_with("Packages.") || last.starts_with("Translation-");
}

/// libapt removes the file that patches were for, or puts the patched one in its place, once all of them are
/// in. Source: apt's acquire-item.cc, pkgAcqIndexMergeDiffs::Done and pkgAcqIndexDiffs::Done.
fs::path new_content(const fs::path& index) {
    const auto partial = index.parent_path() / "partial";
    std::error_code missing;  // then there is none
    const auto same_name = partial / index.filename();
    if (fs::exists(same_name, missing)) return leads_to(same_name, index) ? fs::path() : same_name;
    const std::string name = index.filename();
    auto patched = partial / (plain_name(name) + "-patched" + compressed_extension(name));
    return fs::exists(patched, missing) ? patched : fs::path();
}

std::string plain_name(const std::string& index) {
    return index.substr(0, index.size() - compressed_extension(index).size());
}

}  // namespace dray::apt_helper
