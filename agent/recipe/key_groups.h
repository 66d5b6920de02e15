// Keys of a resource that stand in a table of their own: [resource.deploy] has the keys "deploy.migrate", ….
#pragma once

#include "recipe/declaration.h"
#include "recipe/problems.h"

namespace dray::recipe {

/// Brings the entries of such tables to the level of the other keys, as the schema names them, and sets the
/// key of the table itself to true: that it is there says something already. What is neither a table nor a
/// truth value goes to `problems`.
void flatten(Declaration& declaration, Problems& problems);

}  // namespace dray::recipe
