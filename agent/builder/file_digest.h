// Digests of files, by libnettle.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

namespace dray::builder {

/// The SHA-256 of a file's content, in 64 small hexadecimal digits, as sha256sum(1) prints it. Throws Error
/// when it cannot be read.
std::string file_sha256(const std::filesystem::path& file);

/// What .changes and .buildinfo files say of a file (deb-changes(5), deb-buildinfo(5)), in small hexadecimal
/// digits.
struct FileDigests {
    std::uint64_t size = 0;
    std::string md5;
    std::string sha1;
    std::string sha256;
};

/// All of them, in one reading. Throws Error when it cannot be read.
FileDigests file_digests(const std::filesystem::path& file);

}  // namespace dray::builder
