// A repository of recipes: the Debian package by which they reach their hosts.
#pragma once

#include "builder/distributions.h"

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

namespace dray::builder {

/// Packs each folder in [recipes] folder that has a recipe.toml as /usr/share/dray/recipes/NAME, for all
/// architectures, and names the package in `products.debs`. Throws Error when there is none, when a name is
/// no recipe's, or a file holds a secret of the host or is a symbolic link.
void build_recipes_deb(const host::Processes& processes, const Settings& settings, const Source& source,
                       const std::filesystem::path& tree, Products& products);

/// Unpacks the package and has dray(8) check each of its recipes, confined; returns their names. `note` gets
/// what it warns of. Throws Error with what dray says of a mistake, and when it is not installed on the build
/// host.
std::vector<std::string> check_recipes(const host::Processes& processes, const Settings& settings,
                                       const std::filesystem::path& scratch, const Products& products,
                                       const std::function<void(const std::string&)>& note);

}  // namespace dray::builder
