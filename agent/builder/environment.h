// The virtual environment of a service, made at its final path within a private mount namespace.
#pragma once

#include "builder/distributions.h"

#include <filesystem>

namespace dray::builder {

/// Builds the environment for `settings.deb.prefix` into the folder `staging`, which the private namespace of
/// each command shows at the prefix: every path that venv and pip write is the final one, and nothing is
/// rewritten. The lock and the service's own wheel go through one resolver run with hashes enforced, so a
/// dependency that the lock lacks is an error here and not on a host. What the lock alone installs is taken
/// from the cache when it has that. Returns the files that it was all installed from, by pip's own account.
/// Needs root. Throws Error when the lock is missing or pip fails.
std::vector<PythonFile> build_environment(const host::Processes& processes, const Settings& settings,
                                          const Interpreter& interpreter, const Source& source,
                                          const Products& products, const std::filesystem::path& scratch,
                                          const BuildCache& cache, const std::filesystem::path& staging);

/// The same command within a mount namespace of its own (unshare(1), mount_namespaces(7)), in which `staging`
/// is seen at `prefix`. The mount dies with the command.
host::Command with_mount(host::Command command, const std::filesystem::path& staging,
                         const std::filesystem::path& prefix);

}  // namespace dray::builder
