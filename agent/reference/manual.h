// The resource types as dray-recipe(5) has them.
#pragma once

#include "recipe/schema.h"

#include <string>
#include <string_view>

namespace dray::reference {

/// One type as a section of a manual page. Source: groff_man(7).
std::string manual_section(const recipe::Schema& schema);

/// The page, with the sections of all types in the place of the one line that is `.\" RESOURCE TYPES`. Throws
/// Error when there is no such line.
std::string manual_page(std::string_view page, const recipe::Catalogue& catalogue);

}  // namespace dray::reference
