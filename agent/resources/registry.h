// All resource types of this program.
#pragma once

#include "recipe/properties.h"
#include "recipe/schema.h"
#include "resources/resource.h"

#include <memory>

namespace dray::resources {

/// Their schemas, for reading recipes and for reference pages.
const recipe::Catalogue& catalogue();

/// The resource that `properties` describe. Throws Error, at the resource's place in the recipe, when the
/// values do not fit together.
std::unique_ptr<Resource> make(const recipe::Properties& properties);

}  // namespace dray::resources
