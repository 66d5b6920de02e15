// From a path to a descriptor of its parent, past no link that somebody else could have planted.
#pragma once

#include "host/descriptor.h"

#include <filesystem>
#include <string>
#include <vector>

namespace dray::host {

/// A place in the file system: the last component of a path beside its opened parent, for the *at(2) calls.
struct Place {
    Descriptor parent;  ///< opened with O_PATH
    std::string name;   ///< "." for the root folder itself
};

/// Splits an absolute path into its components. Empty ones and "." are dropped, since they change nothing.
/// Throws Error that begins with `attempt` when the path is relative, has ".." or a zero byte in it: what
/// ".." means depends on links that may change, so a path has to say where it goes.
std::vector<std::string> components(const std::filesystem::path& path, const std::string& attempt);

/// Opens the parent of `path` component by component.
///
/// A symbolic link among the parents is followed only when it belongs to root or to the user that this
/// program runs as: whoever else can write to a folder on the way could otherwise send a change made as root
/// to a file of their choice. That is the rule of chase()'s CHASE_SAFE in systemd and of the kernel's
/// fs.protected_symlinks (proc_sys_fs(5)), here for every folder and not only sticky ones.
///
/// Throws std::system_error with ENOENT or ENOTDIR when a parent is missing or not a folder, so that a caller
/// can take that for "there is nothing"; Error that begins with `attempt` in all other cases.
Place open_parent(const std::filesystem::path& path, const std::string& attempt);

}  // namespace dray::host
