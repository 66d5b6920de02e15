// Work that must not be cut short runs in a session of its own, and its log is passed on as it grows.
#pragma once

#include <filesystem>
#include <functional>

namespace dray::apt_helper {

/// Runs `work` in a child that is in a session of its own, so that no signal meant for this program's group
/// reaches dpkg, and copies what the child adds to `log` to standard output until it ends. When this program
/// dies, the child goes on. Returns the child's exit code. Call it before threads or libapt are started.
/// Throws Error.
int run_detached(const std::filesystem::path& log, const std::function<int()>& work);

}  // namespace dray::apt_helper
