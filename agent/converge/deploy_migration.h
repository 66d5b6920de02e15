// The new version's migration, run once whatever happens to the agent meanwhile.
#pragma once

#include "host/host.h"
#include "resources/deploy_settings.h"
#include "resources/resource.h"

#include <filesystem>
#include <string>

namespace dray::converge {

/// "dray-migrate-warehouse-26.11.3.service": what a unit's name cannot hold of a version is "_" there.
std::string migration_unit(const std::string& package, const std::string& version);

/// Runs settings.migrate in a unit of its own, see migration_unit, whose output is kept in `log`.
/// An end of this program leaves it running, and it stays known to systemd when it has succeeded: the next
/// run waits for it, or takes over its result, and does not run it a second time. (After a reboot nobody
/// knows how far it came, and it is run again.) Where systemd is not the init it is a plain child. Throws
/// Error with the end of its output when it fails.
void run_migration(host::Host& host, const resources::DeploySettings& settings, const std::string& package,
                   const std::string& version, const std::filesystem::path& log,
                   const resources::Progress& progress);

/// Whether a migration has failed for its lock, before it began: no release's doing.
bool is_about_lock(const Error& error);

/// Lets systemd forget a migration whose success is on record.
void end_migration(host::Host& host, const std::string& package, const std::string& version);

}  // namespace dray::converge
