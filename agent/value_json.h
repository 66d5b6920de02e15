// Values as JSON.
#pragma once

#include "value.h"

#include <nlohmann/json_fwd.hpp>

#include <string>

namespace dray {

/// A value as JSON has it. Of a secret only where it is kept: {"secret": "file:/etc/dray/secrets/db"}.
nlohmann::ordered_json value_json(const Value& value);

/// The JSON as a text for people and programs: indented, with a line end, bytes that are no UTF-8 replaced.
std::string json_text(const nlohmann::ordered_json& json);

}  // namespace dray
