// Whether the resources of a run fit together: names that are unique, references that lead somewhere.
#pragma once

#include "recipe/declaration.h"
#include "recipe/problems.h"

#include <vector>

namespace dray::recipe {

/// Adds a problem for each resource that is declared twice, each reference to one that is not there or to
/// itself, and each circle of references. `bound` are the declarations, bound, in the same order.
void check_references(const std::vector<Declaration>& declarations, const std::vector<Bound>& bound,
                      Problems& problems);

}  // namespace dray::recipe
