// Secrets of the build host, which nothing that is published may hold.
#pragma once

#include "builder/settings.h"
#include "host/process.h"

#include <filesystem>
#include <vector>

namespace dray::builder {

/// Looks for the secrets of the build host ([host] secrets: files with one each, without the white space at
/// its end) in files and in all that folders have below them: in their content, their names and where their
/// links lead; in archives (tar, and zip whatever it begins with, and so sdists and wheels) in that of their
/// members, and in what gzip, bzip2 and xz have compressed, six deep. The search runs confined, as archives
/// are whoever's that pushed; `scratch` is a folder that is root's alone, for what it unpacks.
///
/// Throws Error with the files that hold one, not repeating it; with those archives and members that nobody
/// can read; when a secret cannot be read; and when there is more than 8 GiB, a million members or ten
/// minutes to look through.
void refuse_secrets(const host::Processes& processes, const Settings& settings,
                    const std::filesystem::path& scratch, const std::vector<std::filesystem::path>& places);

}  // namespace dray::builder
