// Files that decide what root does: they may be changed by nobody but root.
#pragma once

#include "host/file.h"

#include <filesystem>
#include <optional>
#include <string>

namespace dray::host {

/// What is at `path`, if it belongs to root (or to the user that dray runs as) and nobody else may write to
/// it; nothing when nothing is there. Throws Error that begins with `attempt` when it is a link or somebody
/// else could change it.
std::optional<FileStatus> trusted_status(const Files& files, const std::filesystem::path& path,
                                         const std::string& attempt);

}  // namespace dray::host
