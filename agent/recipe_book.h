// From the command line and the host's settings to recipes ready to converge.
#pragma once

#include "commands.h"
#include "error.h"
#include "recipe/loader.h"
#include "recipe/origins.h"
#include "recipe/unused_attributes.h"

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace dray {

/// Recipes that passed every check, and their names.
struct Selected {
    std::vector<std::string> names;
    recipe::Book book;
    std::vector<recipe::UnusedAttribute> unused;    ///< of the host's settings
    std::optional<std::chrono::seconds> lock_wait;  ///< of the host's settings
};

/// Warns of attributes that the host's settings give and no recipe asks for.
void warn_of_unused(const Selected& selected);

/// Loads and checks the selected recipes. When something is wrong with them, all of it is printed to standard
/// error, told to `hearer` where there is one, and nothing is returned; an attribute of --set that no recipe
/// asks for is wrong, too. Throws Error when no recipe is selected, or --set cannot be read.
std::optional<Selected> load_selected(const Selection& selection, const Folders& folders,
                                      const std::function<void(const std::vector<Error>&)>& hearer = {});

/// What tells the recipes' files from any others: a hash of all that is in their folders. Throws Error.
std::string digest_of(const recipe::Book& book);

/// The attributes of the selected recipes and where they come from; as above when something is wrong with
/// their texts. Their resources are not looked at.
std::optional<std::vector<recipe::Origin>> attribute_origins(const Selection& selection,
                                                             const Folders& folders);

/// No recipes were named, or an option's value cannot be read: the exit code is that of usage.
class UsageError : public Error {
  public:
    using Error::Error;
};

}  // namespace dray
