// The virtual environment of a service, made at its final path, which confined commands alone see.
#pragma once

#include "builder/build_root.h"
#include "builder/distributions.h"
#include "builder/pip_report.h"

#include <filesystem>
#include <vector>

namespace dray::builder {

/// Builds the environment for `settings.deb.prefix` in `root` into the folder `staging`, which the confined
/// commands see at the prefix: every path that venv and pip write is the final one, and nothing is rewritten.
/// The lock and the service's own wheel go through one resolver run with hashes enforced, so a dependency
/// that the lock lacks is an error here and not on a host. What the lock alone installs is taken from the
/// cache when it has that. Afterwards `staging` has what other people's code has made of it. Returns the
/// files that it was all installed from, by pip's own account. Needs root. Throws Error when the lock is
/// missing or pip fails.
std::vector<PythonFile> build_environment(const host::Processes& processes, const Settings& settings,
                                          const BuildRoot& root, const Interpreter& interpreter,
                                          const Source& source, const Products& products,
                                          const std::filesystem::path& scratch, const BuildCache& cache,
                                          const std::filesystem::path& staging);

/// Installs what the lock alone names, and keeps it for build_environment() to take from the cache; nothing
/// when it is there already, or when the lock is one of which nothing is kept. `scratch` is its own. Throws
/// as build_environment() does.
void prepare_environment(const host::Processes& processes, const Settings& settings, const BuildRoot& root,
                         const Interpreter& interpreter, const Source& source,
                         const std::filesystem::path& scratch, const BuildCache& cache);

}  // namespace dray::builder
