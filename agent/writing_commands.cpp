// The commands of `dray` for who writes recipes: `resources` and `new`.
#include "commands.h"
#include "recipe/other_words.h"
#include "recipe_book.h"
#include "reference/help.h"
#include "reference/json_schema.h"
#include "reference/new_recipe.h"
#include "resources/registry.h"
#include "suggestion.h"

#include <spdlog/spdlog.h>

#include <unistd.h>

#include <iostream>
#include <system_error>

namespace dray {

int resources_command(const ResourcesOptions& options) {
    const auto& catalogue = resources::catalogue();
    if (options.json_schema) {
        if (!options.type.empty())
            throw UsageError("cannot print a JSON Schema of one type", "it is of a whole recipe",
                             "leave out " + options.type);
        std::cout << reference::json_schema(catalogue) << std::flush;
        return 0;
    }
    const reference::Look look{.bold = ::isatty(STDOUT_FILENO) == 1};
    if (options.type.empty()) {
        std::cout << (options.json ? reference::types_json(catalogue)
                                   : reference::types_text(catalogue, look))
                  << std::flush;
        return 0;
    }
    if (options.type == reference::common_topic) {
        std::cout << (options.json ? reference::common_json_text() : reference::common_text(look))
                  << std::flush;
        return 0;
    }
    const auto* schema = catalogue.find(options.type);
    if (schema == nullptr)
        throw UsageError("unknown resource type '" + options.type + "'", "",
                         recipe::hint_for_type(options.type, catalogue.types()));
    std::cout << (options.json ? reference::type_json(*schema) : reference::type_text(*schema, look))
              << std::flush;
    return 0;
}

int new_command(const NewOptions& options, const Folders& folders) {
    const auto folder = options.folder.value_or(folders.settings / "recipes");
    const auto path = reference::write_new_recipe(folder, options.name);
    std::error_code code;
    if (const auto shipped = folders.shipped_recipes / options.name; std::filesystem::exists(shipped, code))
        spdlog::warn("{} is looked for before {}, and hides it", path.string(), shipped.string());
    const auto where = options.folder ? " --recipes " + folder.string() : std::string();
    std::cout << "made " << path.string() << "\n"
              << "next: look at its recipe.toml, then dray check " << options.name << where << "\n"
              << std::flush;
    return 0;
}

}  // namespace dray
