// The service's own tests, run where they can harm nothing.
#pragma once

#include "builder/settings.h"
#include "host/process.h"

#include <filesystem>
#include <vector>

namespace dray::builder {

/// Runs the configured tests in `checkout` below `folder`, where they also get a home: for root as another
/// user, in namespaces of their own (processes that end with the run, no network but a loopback unless it is
/// allowed, the folders in `hidden` empty), with resource limits, and where systemd runs in a scope of its
/// own with the same limits for all of it. Throws Error with the end of their output when they fail, and
/// Unsure when the time is over.
void run_tests(const host::Processes& processes, const Settings& settings,
               const std::filesystem::path& folder, const std::vector<std::filesystem::path>& hidden);

/// What surrounds the tests for root, on a host with or without systemd. `uid` and `gid` are whom they run
/// as.
std::vector<std::string> confinement(const Settings::Test& test, unsigned uid, unsigned gid,
                                     const std::vector<std::filesystem::path>& hidden, bool systemd);

}  // namespace dray::builder
