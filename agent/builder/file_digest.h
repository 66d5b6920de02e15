// SHA-256 of files, by libnettle.
#pragma once

#include <filesystem>
#include <string>

namespace dray::builder {

/// The SHA-256 of a file's content, in 64 small hexadecimal digits, as sha256sum(1) prints it. Throws Error
/// when it cannot be read.
std::string file_sha256(const std::filesystem::path& file);

}  // namespace dray::builder
