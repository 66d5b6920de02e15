// Which files of apt's lists are package indexes, and where their new content is.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace dray::apt_helper {

/// Whether a file of this name in apt's lists is an index of packages or translations. The name is that of
/// its URI with '_' for '/' (libapt's URItoFileName): what stands before the last of them, and may be
/// anything, does not matter, so that "…_Packages.diff_Index" is none.
bool is_package_index(std::string_view name);

/// Where libapt has put the new content of `index`, a file of its lists, until all of the release is there:
/// in the folder `partial` beside it, under the same name, or when it was made by patches perhaps another. ""
/// when nothing is there, and when the file that is there is the present one: then it has not changed.
std::filesystem::path new_content(const std::filesystem::path& index);

/// The name under which libapt keeps an index when it does not compress it.
std::string plain_name(const std::string& index);

}  // namespace dray::apt_helper
