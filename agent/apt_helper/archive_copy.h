// Package files are known by their hash, and copied whole or not at all.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

namespace dray::apt_helper {

/// The folder of apt's archives.
std::filesystem::path archives_folder();

/// NAME_VERSION_ARCHITECTURE.deb as apt's archives have it: a ':' in the version is "%3a", since some file
/// systems have no such name.
std::string archive_name(const std::string& name, const std::string& version,
                         const std::string& architecture);

/// The SHA-256 of a regular file, in small hexadecimal digits; "" when nothing is there. Throws Error.
std::string sha256_of(const std::filesystem::path& file);

/// Copies a package file: read once, written beside `to`, fsynced, renamed, and the folder fsynced; root's,
/// and readable for all. Returns its size in bytes. Throws Error that begins with `attempt` when what was
/// read has not this SHA-256, or cannot be read or written; then `to` is as it was.
std::uint64_t copy_archive(const std::filesystem::path& from, const std::filesystem::path& to,
                           const std::string& sha256, const std::string& attempt);

/// Has what libapt downloaded reach the disk: it renames files that a power cut would leave empty. One that
/// somebody has removed meanwhile needs nothing. Throws Error.
void sync_archive(const std::filesystem::path& file);

}  // namespace dray::apt_helper
