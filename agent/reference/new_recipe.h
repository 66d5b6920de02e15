// The recipe that `dray new` begins for somebody.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace dray::reference {

/// One file of a recipe.
struct RecipeText {
    std::filesystem::path path;  ///< below the recipe's folder
    std::string content;
};

/// The files of a commented recipe called `name`: recipe.toml, templates and a README. It passes
/// `dray check`, and converges on any host.
std::vector<RecipeText> new_recipe(const std::string& name);

/// Writes them into FOLDER/NAME, which is made, and FOLDER too when it is missing. Throws Error for a name
/// that no recipe can have, and when there is something at that place already; then nothing is written. What
/// cannot be finished is removed again.
std::filesystem::path write_new_recipe(const std::filesystem::path& folder, const std::string& name);

}  // namespace dray::reference
