// What must hold before a commit is released.
#pragma once

#include "builder/git.h"
#include "builder/settings.h"
#include "host/process.h"

#include <chrono>
#include <filesystem>
#include <vector>

namespace dray::builder {

/// Throws Error when `commit` has a version tag already, or was committed by the release identity: such a
/// commit was made by the release process, and releasing it would go round in a circle.
void refuse_released(const Commit& commit, const std::vector<Tag>& tags, const Settings& settings);

/// Runs the configured tests in `checkout`. Throws Error with the end of their output when they fail or take
/// too long.
void run_tests(const host::Processes& processes, const Settings& settings,
               const std::filesystem::path& checkout, const std::filesystem::path& scratch);

}  // namespace dray::builder
