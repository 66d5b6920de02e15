// Recipes by name: found, read with their includes and files, and checked as a whole.
#pragma once

#include "recipe/attributes.h"
#include "recipe/declaration.h"
#include "recipe/expand.h"
#include "recipe/problems.h"
#include "recipe/reader.h"
#include "recipe/schema.h"

#include <vector>

namespace dray::recipe {

/// Recipes ready to converge.
struct Book {
    std::vector<Declaration> declarations;  ///< in the order in which they converge, included recipes first
    std::vector<Bound> bound;               ///< the same, bound; package versions in it are only stand-ins
    Scope scope;                            ///< attributes and facts, no package versions yet
    std::vector<RecipeText> recipes;        ///< all that were read
    std::vector<Layer> layers;              ///< the attributes' origins, lowest precedence first
    std::vector<LeftOut> left_out;          ///< resources that are not on this host
};

/// Loads `request.names`. Every mistake of every recipe goes to `problems`: unknown keys, types, references
/// and attributes, values of the wrong kind, missing files, include cycles, two resources of one name. The
/// book is of use only when there are none. A recipe's text that is not TOML adds its first mistake alone.
Book load(const Request& request, const Catalogue& catalogue, Problems& problems);

}  // namespace dray::recipe
