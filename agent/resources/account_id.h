// Numbers of users and groups as recipes give them.
#pragma once

#include "error.h"
#include "recipe/properties.h"

#include <cstdint>
#include <limits>
#include <optional>
#include <string>

namespace dray::resources {

/// The number at `key`, or nothing when it is not written. Throws Error when it is no user or group number
/// (0 to 2^32 - 2; the highest one means "none" to chown(2)).
inline std::optional<std::uint32_t> account_id(const recipe::Properties& properties, const std::string& key) {
    if (!properties.has(key)) return std::nullopt;
    const auto number = properties.integer(key);
    if (number < 0 || number >= std::numeric_limits<std::uint32_t>::max())
        throw Error("bad value for '" + key + "' of " + properties.type() + "[" + properties.name() + "]",
                    std::to_string(number) + " is not between 0 and 4294967294",
                    "write a number of that range");
    return static_cast<std::uint32_t>(number);
}

}  // namespace dray::resources
