// What a build backend runs in.
#pragma once

#include "builder/build_cache.h"
#include "builder/build_root.h"
#include "builder/pip_report.h"
#include "builder/python.h"
#include "builder/settings.h"
#include "host/process.h"

#include <chrono>
#include <filesystem>
#include <set>
#include <string>
#include <vector>

namespace dray::builder {

/// The time of what is built, and of the run.
struct BuildTimes {
    std::chrono::sys_seconds built;
    std::chrono::sys_seconds now;
};

/// An environment that a build backend runs in.
struct BackendEnvironment {
    std::filesystem::path folder;
    std::vector<PythonFile> files;  ///< that it was installed from, by pip's own account
};

/// An isolated environment (PEP 517, "Build environment") of `root` that has these requirements and nothing
/// else: from the cache, or made there by the interpreter's venv and pip. No code of the commit that is built
/// runs while it is made, and who builds in it cannot write into it, so that no commit has anything of
/// another one. Throws Error when pip cannot install them.
BackendEnvironment backend_environment(const host::Processes& processes, const Settings& settings,
                                       const BuildRoot& root, const Interpreter& interpreter,
                                       const std::set<std::string>& requirements, const BuildTimes& times,
                                       const std::filesystem::path& scratch, const BuildCache& cache);

}  // namespace dray::builder
