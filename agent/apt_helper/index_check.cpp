// Whether a package index is one.
#include "apt_helper/index_check.h"

#include "apt_helper/library.h"

#include <apt-pkg/error.h>
#include <apt-pkg/fileutl.h>
#include <apt-pkg/tagfile.h>

#include <system_error>

namespace dray::apt_helper {
namespace {

namespace fs = std::filesystem;

/// ".lz4" when apt keeps its lists compressed, else "".
std::string compressed_extension(const std::string& name) {
    const auto dot = name.find('.', name.rfind('_') + 1);
    return dot == std::string::npos ? "" : name.substr(dot);
}

std::string defect_of(const fs::path& file) {
    FileFd content;
    if (!content.Open(file, FileFd::ReadOnly, FileFd::Extension)) return silent_errors();
    pkgTagFile paragraphs(&content);
    pkgTagSection paragraph;
    while (paragraphs.Step(paragraph))
        if (paragraph.FindS("Package").empty()) return "a paragraph of it is of no package";
    return silent_errors();
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
    if (fs::exists(same_name, missing))
        return fs::equivalent(same_name, index, missing) ? fs::path() : same_name;
    const auto extension = compressed_extension(index.filename());
    auto stem = index.filename().string();
    stem.erase(stem.size() - extension.size());
    auto patched = partial / (stem + "-patched" + extension);
    return fs::exists(patched, missing) ? patched : fs::path();
}

std::string index_defect(const fs::path& file) {
    _error->PushToStack();
    auto defect = defect_of(file);
    _error->RevertToStack();
    return defect;
}

}  // namespace dray::apt_helper
