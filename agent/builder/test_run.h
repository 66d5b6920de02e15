// The service's own tests, run where they can harm nothing.
#pragma once

#include "builder/settings.h"
#include "host/process.h"

#include <filesystem>

namespace dray::builder {

/// Runs the configured tests in `checkout` below `folder`, where they also get a home: for root confined, see
/// test_confinement(), with `folder` as what they may write into. The folder that this one is in must be
/// root's alone. Throws Error with the end of their output when they fail, and Unsure when the time is over.
void run_tests(const host::Processes& processes, const Settings& settings,
               const std::filesystem::path& folder);

}  // namespace dray::builder
