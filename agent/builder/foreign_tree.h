// Folders that programs of other people have filled, when nothing of those programs lives any more.
#pragma once

#include <filesystem>

namespace dray::builder {

/// Makes a tree this program's own, so that nobody else can change it and nobody gains anything by it:
/// everything belongs to the user that this runs as, without set-user-ID, set-group-ID and sticky bits, and
/// others cannot write. Throws Error for what is neither file, folder nor symbolic link, and for a file with
/// a second name, which could be changed by that.
void take_over(const std::filesystem::path& tree);

/// Removes a file or a tree however deep it is: std::filesystem::remove_all keeps a descriptor open for each
/// level, of which a process has a thousand, and nested folders are cheap to make. Nothing there is no error.
/// Throws Error.
void remove_tree(const std::filesystem::path& path);

}  // namespace dray::builder
