// Recipes in Debian packages, by which they reach their hosts: those of a repository, or a service's own.
#pragma once

#include "builder/distributions.h"

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

namespace dray::builder {

/// Packs each folder in [recipes] folder that has a recipe.toml as /usr/share/dray/recipes/NAME, for all
/// architectures, and names the package in `products.debs`. Throws Error when there is none, when a name is
/// no recipe's, or a file holds a secret of the host, is a symbolic link, or cannot be shipped, see
/// normalise().
void build_recipes_deb(const host::Processes& processes, const Settings& settings, const Source& source,
                       const std::filesystem::path& tree, Products& products);

/// Unpacks the package and has dray(8) check each of its recipes, confined; returns their names. `note` gets
/// what it warns of. Throws Error with what dray says of a mistake, and when it is not installed on the build
/// host.
std::vector<std::string> check_recipes(const host::Processes& processes, const Settings& settings,
                                       const std::filesystem::path& scratch, const Products& products,
                                       const std::function<void(const std::string&)>& note);

/// Throws Error when [deb] overlay in `source` brings recipes to where hosts find them, or settings of dray's:
/// nobody has checked those.
void refuse_overlaid_recipes(const Settings& settings, const Source& source);

/// Looks at the recipe of a service, [deb] recipe in `source`, before it is packed, and has dray(8) check it,
/// confined, where that is installed on the build host and the recipe includes no others, which the host may
/// have by another package. Returns what a person should know: that it was not checked, or what dray warns
/// of; else "". Throws Error when it has a symbolic link, when it does not call itself as the package is
/// called, which is the folder that hosts find it in, and with what dray says of a mistake.
std::string check_own_recipe(const host::Processes& processes, const Settings& settings, const Source& source,
                             const std::filesystem::path& scratch);

}  // namespace dray::builder
