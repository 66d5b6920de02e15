// Names of the files that apt reads in its folders.
#include "resources/apt_name.h"

#include "error.h"

#include <string_view>

namespace dray::resources {

std::string checked_apt_name(const recipe::Properties& properties) {
    constexpr std::string_view allowed = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.";
    const auto& name = properties.name();
    if (name.find_first_not_of(allowed) == std::string::npos && name.front() != '.') return name;
    throw Error("bad value for 'name' of " + properties.type() + "[" + name + "]",
                "apt passes over files with such names", "use letters, digits, '_', '-' and '.'");
}

}  // namespace dray::resources
