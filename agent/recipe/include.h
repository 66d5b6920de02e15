// `includes`: which recipe, with which attributes, in which version.
#pragma once

#include "recipe/problems.h"
#include "toml.h"
#include "value.h"

#include <optional>
#include <string>
#include <vector>

namespace dray::recipe {

/// One entry of `includes`.
struct Include {
    std::string recipe;
    Location where;
    Value::Table attributes;  ///< passed in; may be empty
    std::string path;         ///< of the attributes in the text: "recipe.includes.1.attributes"
    std::string version;      ///< what its version has to be: ">= 1.2"; "" for any
};

/// The entries of the `includes` of [recipe] in `text`, a list of names or of tables. Mistakes go to
/// `problems`; `name` is the recipe's.
std::vector<Include> read_includes(const std::string& name, const Toml& text, Problems& problems);

}  // namespace dray::recipe
