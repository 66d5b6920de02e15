// Numbers, truth values, modes and durations from texts.
#pragma once

#include "recipe/properties.h"
#include "recipe/schema.h"

#include <optional>
#include <string>

namespace dray::recipe {

/// The value that a text gives for a key of kind integer, boolean, mode or duration; nothing when it gives
/// none.
std::optional<Properties::Typed> parse_scalar(Kind kind, const std::string& text);

}  // namespace dray::recipe
