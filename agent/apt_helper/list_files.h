// The files of apt's lists on the disk: that a power cut leaves them whole, and what to do where it did not.
#pragma once

#include <apt-pkg/metaindex.h>

#include <filesystem>
#include <string>

namespace dray::apt_helper {

/// Removes those of a release's lists that have not the size that its release file on the disk says, and that
/// file itself when nothing is in it: libapt would take them for what they should be for as long as the
/// repository stays as it is, and nothing in the repository would be found. Such files come from a power cut
/// soon after somebody's `apt update`, which has nothing written to the disk. Says what it removes. Takes the
/// lock of the lists for granted. Throws Error.
void remove_torn_lists(const metaIndex& release, const std::filesystem::path& release_file);

/// Has a release's lists, whose names begin with `prefix`, reach the disk. Throws Error.
void sync_lists(const std::filesystem::path& lists, const std::string& prefix);

}  // namespace dray::apt_helper
