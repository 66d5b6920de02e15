// JSON of other programs as values.
#pragma once

#include "value.h"

#include <string>
#include <string_view>

namespace dray::host {

/// Reads a JSON object. Keys whose value is null are left out; integers beyond 64 bits become numbers.
/// Throws Error that begins with `attempt` for a text that is no JSON, no object, or nested deeper than a
/// person would.
Value read_json_object(std::string_view text, const std::string& attempt);

}  // namespace dray::host
