// Values as TOML texts.
#pragma once

#include "value.h"

#include <string>
#include <string_view>

namespace dray {

/// A value as TOML has it on one line: "a text", 9000, ["a", "b"], {key = true}. A secret as
/// "(secret from file:/etc/dray/secrets/db)", which is none.
std::string toml_text(const Value& value);

/// A key as TOML has it before "=": port, "with space".
std::string toml_key(std::string_view key);

}  // namespace dray
