// Files put into a published folder ahead of the moment in which they become visible.
#include "builder/placed_files.h"

#include "builder/durable.h"
#include "error.h"

#include <spdlog/fmt/fmt.h>

#include <fstream>

namespace dray::builder {
namespace fs = std::filesystem;

PlacedFiles::~PlacedFiles() {
    std::error_code ignored;  // an error is on its way already
    for (const fs::path& file : placed_)
        fs::remove(file, ignored);
}

void PlacedFiles::place(const fs::path& from, const fs::path& to, bool may_link) {
    if (place_file(from, to, may_link)) placed_.push_back(to);
}

void PlacedFiles::put(const fs::path& to, std::string_view content) {
    put(to, std::span(&content, 1));
}

void PlacedFiles::put(const fs::path& to, std::span<const std::string_view> parts) {
    if (std::ifstream(to)) {
        if (has_content(to, parts)) return;
        throw Error(fmt::format("cannot publish {}", to.string()),
                    "it is there already, with another content", "the disk may have failed: remove it");
    }
    StagedFile(to, parts).commit();
    placed_.push_back(to);
}

}  // namespace dray::builder
