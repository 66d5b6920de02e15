// Reading the files that recipes and settings are made of.
#pragma once

#include "recipe/properties.h"

#include <cstddef>
#include <filesystem>
#include <string>

namespace dray::recipe {

/// The content of a regular file. Throws Error when there is none, or when it has more than `limit` bytes.
std::string read_file(const std::filesystem::path& path, std::size_t limit);

/// A folder with all files and folders below it. Throws Error when it is none, when something in it is
/// neither (a symbolic link could lead anywhere), and when its files have more than `limit` bytes together.
FolderText read_folder(const std::filesystem::path& path, std::size_t limit);

}  // namespace dray::recipe
