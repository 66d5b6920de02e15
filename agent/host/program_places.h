// Where a command's program is looked for.
#pragma once

#include "host/process.h"

#include <filesystem>
#include <vector>

namespace dray::host {

/// The PATH of commands that do not inherit this process's environment. No /usr/local: what an administrator
/// puts there must not stand in for the distribution's programs.
constexpr const char* system_path = "/usr/sbin:/usr/bin:/sbin:/bin";

/// The files that execve(2) is to be tried on, in order, as execvp(3) would find them on the command's PATH;
/// a relative path is one from the command's folder.
std::vector<std::filesystem::path> program_places(const Command& command);

}  // namespace dray::host
