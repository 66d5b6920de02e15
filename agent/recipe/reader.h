// Recipes by name: found, and read with those that they include.
#pragma once

#include "dray_version.h"
#include "recipe/attributes.h"
#include "recipe/declaration.h"
#include "recipe/problems.h"
#include "recipe/schema.h"
#include "recipe/scope.h"

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace dray::recipe {

/// What to load, and with what.
struct Request {
    std::vector<std::string> names = {};        ///< recipes in the order in which they converge
    std::vector<std::filesystem::path> search = {};  ///< folders that hold recipes; the first that has a name wins
    std::vector<Layer> layers = {};  ///< attributes above the recipes' own, lowest first
    Value facts = {};
    std::shared_ptr<const FactSource> more_facts = {};  ///< facts that are learned when named; may be empty
    /// This is not the host that the recipes are for: a file that they name by its path there, and that is not
    /// here, is a note and no mistake.
    bool elsewhere = false;
    std::string dray_version = std::string(dray::version);  ///< what `requires_dray` is held against
};

/// One recipe that was read.
struct RecipeText {
    std::string name;
    std::string version;  ///< "" when it states none
    std::filesystem::path file;
};

/// Recipes as they are written.
struct Texts {
    std::vector<RecipeText> recipes;        ///< included ones before those that include them
    std::vector<Declaration> declarations;  ///< likewise; with for_each still one
    std::vector<Layer> layers;              ///< the recipes' own attributes and those passed in, lowest first
};

/// Whether a recipe can be called so: it is a folder's name.
bool is_recipe_name(const std::string& name);

/// Reads `request.names` and what they include. Mistakes go to `problems`.
Texts read_recipes(const Request& request, const Catalogue& catalogue, Problems& problems);

}  // namespace dray::recipe
