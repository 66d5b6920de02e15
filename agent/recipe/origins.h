// Where each attribute comes from.
#pragma once

#include "recipe/attributes.h"

#include <string>
#include <vector>

namespace dray::recipe {

/// One value in one layer.
struct Placed {
    Value value;
    Location where;
};

/// An attribute that is no table, and who gave it a value.
struct Origin {
    std::string name;            ///< as --set takes it: "database.url"
    std::vector<Placed> places;  ///< the winning one first, then what it overrides
    bool declared = false;       ///< a recipe has it among its own, or passes it to another
};

/// All attributes by name. `own` is how many of the layers, from the lowest on, are recipes'.
std::vector<Origin> origins(const std::vector<Layer>& layers, std::size_t own, const Value& merged);

}  // namespace dray::recipe
