// Files of a package's tree, before anybody else looks at it.
#pragma once

#include <filesystem>
#include <string_view>

namespace dray::builder {

/// Writes a file and makes the folders above it. Throws Error when that fails.
void write_file(const std::filesystem::path& file, std::string_view content,
                std::filesystem::perms mode = std::filesystem::perms(0644));

}  // namespace dray::builder
