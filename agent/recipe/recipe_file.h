// Reading the files that recipes and settings are made of.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>

namespace dray::recipe {

/// The content of a regular file. Throws Error when there is none, or when it has more than `limit` bytes.
std::string read_file(const std::filesystem::path& path, std::size_t limit);

}  // namespace dray::recipe
