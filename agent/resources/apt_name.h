// Names of the files that apt reads in its folders.
#pragma once

#include "recipe/properties.h"

#include <string>

namespace dray::resources {

/// The resource's name, which becomes a file's. Throws Error for one that apt would pass over without a word:
/// it takes letters, digits, '_', '-' and '.' alone, and no hidden files. Source: sources.list(5),
/// apt_preferences(5).
std::string checked_apt_name(const recipe::Properties& properties);

}  // namespace dray::resources
