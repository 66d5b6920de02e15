// What /etc/dray says of this host: which recipes it runs, and its attributes.
#pragma once

#include "recipe/attributes.h"
#include "recipe/problems.h"

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace dray::recipe {

struct HostSettings {
    std::vector<std::string> recipes;               ///< of host.toml; empty without that file
    std::optional<std::chrono::seconds> lock_wait;  ///< of host.toml
    std::vector<Layer> layers;  ///< attributes.d/*.toml in name order, then host.toml's [attributes]
};

/// Reads host.toml and attributes.d below `folder`; neither needs to be there. Mistakes go to `problems`.
HostSettings host_settings(const std::filesystem::path& folder, Problems& problems);

}  // namespace dray::recipe
