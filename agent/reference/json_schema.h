// A JSON Schema of recipe.toml, by which editors complete and check recipes.
#pragma once

#include "recipe/schema.h"

#include <string>

namespace dray::reference {

/// A JSON Schema, draft 7, of a whole recipe.toml with the types of the catalogue. It takes every recipe that
/// `dray check` takes; what only a host can tell (attributes, references, files) it does not judge.
std::string json_schema(const recipe::Catalogue& catalogue);

}  // namespace dray::reference
