// All that is below a folder, compared with what is to be there. Symbolic links below it are never followed.
#pragma once

#include "host/host.h"

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace dray::resources {

/// What one path below a folder is to be.
struct TreeEntry {
    std::optional<std::string> content;  ///< of a file; nothing for a folder
    host::Ownership ownership;
};

/// One path below a folder that is not as it is to be.
struct TreeDeviation {
    std::string below;                              ///< "conf.d/a"
    std::string now;                                ///< "file root:root 0644", "link", "absent", …
    std::string wanted;                             ///< likewise
    std::optional<std::string> content = {};        ///< what a file holds, when it is to hold something else
    std::optional<host::Ownership> ownership = {};  ///< as it is to be; nothing when it is to be removed
};

/// What is to be below a folder, which may itself be missing.
struct FolderTree {
    std::filesystem::path path;
    std::map<std::string, TreeEntry> entries = {};  ///< by their paths below it, each with those it is in
    bool purge = false;                             ///< all that is not among the entries has to go
    bool recursive = false;                         ///< all else below gets these:
    host::Ownership other_folders = {};
    host::Ownership other_files = {};
    bool files_keep_mode = true;  ///< their owner and group alone; set-id bits go when these change

    /// All that is not as it is to be, parents before what is in them. Throws Error when something cannot be
    /// read.
    std::vector<TreeDeviation> deviations(const host::Host& host) const;

    /// Corrects one of these, parents first. Throws Error, also when something of another type is in the
    /// place of an entry and `purge` does not allow to remove it.
    void correct(host::Files& files, const TreeDeviation& deviation) const;

  private:
    void compare_entries(const host::Host& host, bool is_there, std::vector<TreeDeviation>& out) const;
    void compare_others(const host::Host& host, const std::string& below,
                        std::vector<TreeDeviation>& out) const;
    void compare_ownership(const host::Host& host, const host::FileStatus& status, const std::string& below,
                           std::vector<TreeDeviation>& out) const;
};

/// Removes a folder with all that is in it. Throws Error, before anything is gone, when another file system
/// is mounted below it.
void remove_tree(host::Files& files, const std::filesystem::path& folder);

}  // namespace dray::resources
