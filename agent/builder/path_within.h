// Where a path lies.
#pragma once

#include <algorithm>
#include <filesystem>

namespace dray::builder {

/// Whether `path` is `folder` or in it, by their words alone: both absolute or both relative, without "..",
/// and `folder` without a final "/". Links are not followed.
inline bool is_within(const std::filesystem::path& path, const std::filesystem::path& folder) {
    return std::mismatch(folder.begin(), folder.end(), path.begin(), path.end()).first == folder.end();
}

}  // namespace dray::builder
