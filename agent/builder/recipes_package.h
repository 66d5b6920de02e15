// A repository of recipes: the Debian package by which they reach their hosts.
#pragma once

#include "builder/distributions.h"

#include <filesystem>
#include <string>
#include <vector>

namespace dray::builder {

/// Packs each folder in [recipes] folder that has a recipe.toml as /usr/share/dray/recipes/NAME, for all
/// architectures, and names the package in `products.deb`. Throws Error when there is none, when a name is no
/// recipe's, or a file holds a secret of the host or is a symbolic link.
void build_recipes_deb(const host::Processes& processes, const Settings& settings, const Source& source,
                       const std::filesystem::path& tree, Products& products);

/// Unpacks the package and has dray(8) check its recipes, all in one go; returns their names. Throws Error
/// with what dray says of them, and when dray is not installed on the build host.
std::vector<std::string> check_recipes(const host::Processes& processes, const std::filesystem::path& scratch,
                                       const Products& products);

}  // namespace dray::builder
