// `dray history`, and what `dray status` tells of deploys.
#pragma once

#include "host/host.h"

#include <nlohmann/json.hpp>

#include <filesystem>
#include <string>

namespace dray::report {

/// All deploys of `package`, of every package without one, the newest last. Throws Error for a package of
/// which there were none.
std::string history(const host::Host& host, const std::filesystem::path& state_folder,
                    const std::string& package, bool as_json);

/// Of each deployed package: what runs and since when, the candidate by apt's lists as they are, what holds
/// it back, what was kept, and the last five deploys.
std::string deploy_status(const host::Host& host, const std::filesystem::path& state_folder);
nlohmann::ordered_json deploy_status_json(const host::Host& host, const std::filesystem::path& state_folder);

}  // namespace dray::report
