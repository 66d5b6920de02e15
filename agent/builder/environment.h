// The virtual environment of a service, made at its final path within a private mount namespace.
#pragma once

#include "builder/build_root.h"
#include "builder/distributions.h"
#include "builder/scratch.h"

#include <filesystem>
#include <optional>

namespace dray::builder {

/// Builds the environment for `settings.deb.prefix` into the folder `staging`, which the private namespace of
/// each command shows at the prefix: every path that venv and pip write is the final one, and nothing is
/// rewritten. The lock and the service's own wheel go through one resolver run with hashes enforced, so a
/// dependency that the lock lacks is an error here and not on a host. What the lock alone installs is taken
/// from the cache when it has that. All of it runs in `root`. Needs root. Throws Error when the lock
/// is missing or pip fails.
void build_environment(const host::Processes& processes, const Settings& settings, const BuildRoot& root,
                       const Interpreter& interpreter, const Source& source, const Products& products,
                       const std::filesystem::path& scratch, const BuildCache& cache,
                       const std::filesystem::path& staging);

/// The same command within a mount namespace of its own (unshare(1), mount_namespaces(7)), in which `staging`
/// is seen at `prefix`; in `root`, when that is a tree. The mount dies with the command. On the build host
/// itself there must be a folder at `prefix`: see PrefixMount.
host::Command with_mount(host::Command command, const BuildRoot& root, const std::filesystem::path& staging,
                         const std::filesystem::path& prefix);

/// What with_mount() needs in `root` for as long as this object lives: a folder at `prefix`.
class PrefixMount {
  public:
    PrefixMount(const BuildRoot& root, const std::filesystem::path& prefix);

  private:
    std::optional<MountPoint> point_;  ///< a tree has one made in the overlay of each command
};

}  // namespace dray::builder
