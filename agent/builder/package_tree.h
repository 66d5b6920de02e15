// The files of a package before they are packed: brought into order, looked over, and described.
#pragma once

#include "host/process.h"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace dray::builder {

/// What the tree holds, paths relative to its root and sorted.
struct TreeContent {
    std::vector<std::string> files;            ///< regular files
    std::vector<std::string> elf;              ///< those that are ELF objects (elf(5))
    std::vector<std::string> library_folders;  ///< where wheels keep libraries of their own ("numpy.libs")
    std::uint64_t installed_size = 0;  ///< in KiB, as dpkg-gencontrol(1) counts: each entry rounded up
};

/// Throws Error for what neither venv nor a wheel puts into an environment, and what would lead whoever reads
/// it elsewhere: anything but files and folders, and symbolic links but those of venv, which are in bin/ and
/// lead to a neighbour or into /usr, and lib64. To be called before any file of an environment is read that
/// other people's code may have made.
void refuse_planted(const std::filesystem::path& environment, const std::filesystem::path& site_packages);

/// Brings what is below `tree` into the state in which it is shipped: no byte code of the build host (with
/// RECORD files that do not mention it), no .gitignore of venv, modes 0755 and 0644 alone (Debian Policy
/// 10.9), and the time of the commit on everything. Throws Error for files that cannot be shipped: byte code
/// without source, devices, names that are not UTF-8 or hold control characters or a backslash.
void normalise(const std::filesystem::path& tree, std::chrono::sys_seconds time);

/// Throws Error, with its folder, for a file in the commit's tree `folder` whose name is not UTF-8: no wheel
/// can hold it, and backends leave it out without a word.
void refuse_other_encodings(const std::filesystem::path& folder);

/// How long a program may take over that many bytes: ten minutes, and a second more for each megabyte. A disk
/// that others use as well, or the strongest compression, does a few of them in a second.
std::chrono::seconds time_for(std::uint64_t bytes);

/// Sets the modes and times alone; for files added after `normalise`.
void set_modes_and_times(const std::filesystem::path& tree, std::chrono::sys_seconds time);

/// Reads through the tree.
TreeContent read_tree(const std::filesystem::path& tree);

/// Throws Error, naming the files, when one of `paths` occurs in a file's content or in a link's target: a
/// build host's path in a package breaks on every other host.
void refuse_paths(const std::filesystem::path& tree, const std::vector<std::filesystem::path>& paths);

/// RECORD (PEP 376, "Recording installed projects") without the lines of byte code.
std::string record_without_bytecode(const std::string& record);

}  // namespace dray::builder
