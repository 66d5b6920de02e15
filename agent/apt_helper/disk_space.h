// Room on the host's file systems.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <string>
#include <string_view>

namespace dray::apt_helper {

using Bytes = unsigned long long;

/// Which free blocks of a file system count.
enum class Blocks {
    everybodys,
    reserved_too,  ///< also those that it reserves for root (mke2fs(8), -m)
};

/// What may still be written there. Throws Error.
Bytes free_space(const std::filesystem::path& path, Blocks blocks = Blocks::everybodys);

/// The number of the file system that a path is on. Throws Error.
dev_t file_system(const std::filesystem::path& path);

/// The folder that this file system is mounted on, as far as it can be seen from the path upwards. Throws
/// Error.
std::filesystem::path mount_point(std::filesystem::path path);

/// Throws the Error that there is too little room for `attempt`.
[[noreturn]] void no_room(const std::string& where, Bytes needed, Bytes free,
                          const std::string& attempt = "cannot change packages");

/// Whether libapt's words on why a download has failed say that a file system of this host is full. A server
/// chooses the words behind a status of HTTP (three digits and a space, RFC 9112 section 4), so those do not.
bool tells_no_room(std::string_view words);

}  // namespace dray::apt_helper
