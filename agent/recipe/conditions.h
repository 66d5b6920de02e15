// `only_on`: whether a resource belongs on this host.
#pragma once

#include "recipe/template.h"
#include "value.h"

#include <optional>
#include <string>

namespace dray::recipe {

/// Checks the conditions of an `only_on` table, all of which have to hold: dotted names of attributes, facts
/// or of the item, each with the value that it has to have (templates in it are rendered), a list of such
/// values, or a text with a comparison: "!= sid", ">= 4096". Nested tables are dotted names too. Versions of
/// packages (fact.package.NAME) are compared in Debian's order; true and false ask whether the package is
/// installed, and one that is not fulfils no comparison. Of a secret it may be asked whether there is one (""
/// and "!="). Returns why the resource is not on this host:
/// "fact.os.codename is bookworm"; nothing when it is. Throws Error for a name without a value, and for
/// values that cannot be compared.
std::optional<std::string> unmet(const Value::Table& conditions, const Renderer& names, const Value* item);

}  // namespace dray::recipe
