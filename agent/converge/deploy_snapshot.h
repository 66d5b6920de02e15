// Files, links and units as they were before a deploy, and the way back to that.
#pragma once

#include "converge/deploy_record.h"
#include "converge/deploy_set.h"
#include "host/host.h"

#include <string>
#include <vector>

namespace dray::converge {

/// What is at the paths of the set's files now, and what its services run from; contents go to the store.
/// Throws Error.
std::vector<SavedFile> save_files(host::Host& host, const DeploySet& set, DeployStore& store);

/// The set's units as they are now. Without systemd there are none.
std::vector<SavedUnit> save_units(const host::Host& host, const DeploySet& set);

/// Whether a path is as it was saved.
bool is_as_saved(const host::Host& host, const SavedFile& file);

/// Brings a file, a link or its absence back. Throws Error.
void bring_back(host::Host& host, const std::string& package, const SavedFile& file,
                const DeployStore& store);

}  // namespace dray::converge
