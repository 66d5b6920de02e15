// Whether a package index is one.
#include "apt_helper/index_check.h"

#include "apt_helper/library.h"

#include <apt-pkg/error.h>
#include <apt-pkg/fileutl.h>
#include <apt-pkg/tagfile.h>

namespace dray::apt_helper {
namespace {

std::string defect_of(const std::filesystem::path& file) {
    FileFd content;
    if (!content.Open(file, FileFd::ReadOnly, FileFd::Extension)) return silent_errors();
    pkgTagFile paragraphs(&content);
    pkgTagSection paragraph;
    while (paragraphs.Step(paragraph))
        if (!paragraph.Exists("Package")) return "a paragraph of it is of no package";
    return silent_errors();
}

}  // namespace

std::string index_defect(const std::filesystem::path& file) {
    _error->PushToStack();
    auto defect = defect_of(file);
    _error->RevertToStack();
    return defect;
}

}  // namespace dray::apt_helper
