// The targets that packages are made for, and [targets.NAME] of the settings.
#pragma once

#include "builder/settings.h"
#include "builder/settings_reader.h"
#include "error.h"

#include <span>
#include <vector>

namespace dray::builder {

/// The keys that there are; those of each [targets.NAME] as "targets.KEY".
std::span<const SettingKey> target_keys();

/// Reads them into `settings`, whose other values have been read, and notes what is wrong with them.
void read_target_values(SettingsReader& reader, Settings& settings, std::vector<Error>& errors);

}  // namespace dray::builder
