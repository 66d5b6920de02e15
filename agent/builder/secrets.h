// Secrets of the build host, which nothing that is published may hold.
#pragma once

#include "host/process.h"

#include <filesystem>
#include <string>
#include <vector>

namespace dray::builder {

/// Looks for secrets in files and in all that folders have below them: in their content, their names and
/// where their links lead; in archives (tar, zip, and so sdists and wheels) in that of their members, and in
/// what gzip, bzip2 and xz have compressed, one within the other.
///
/// `secrets` are files that hold one secret each, without the white space at its end. Throws Error with the
/// files that hold one, not repeating it, when a secret cannot be read, and when archives unpack to more than
/// can be looked through.
void refuse_secrets(const host::Processes& processes, const std::vector<std::filesystem::path>& places,
                    const std::vector<std::string>& secrets);

}  // namespace dray::builder
