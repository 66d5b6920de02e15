// One [[resource]] as a recipe declares it, before its values are bound to attributes and facts.
#pragma once

#include "recipe/problems.h"
#include "recipe/properties.h"
#include "recipe/schema.h"
#include "recipe/template.h"
#include "toml.h"

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace dray::recipe {

/// A condition under which a resource is converged at all.
struct Guard {
    std::vector<std::string> command;
    bool wanted = true;  ///< true for only_if: the command has to succeed
};

/// "When `source` changed, do `action` to me." An empty action is an order only: `source` must not have
/// failed.
struct Subscription {
    std::string source;  ///< "package[warehouse]"
    std::string action;  ///< "restart", "reload", "run" or ""
};

/// One [[resource]] table.
struct Declaration {
    std::string recipe;              ///< name of the recipe it stands in
    std::filesystem::path folder;    ///< that recipe's folder
    const Schema* schema = nullptr;  ///< never null once loaded
    Value::Table values;             ///< as written
    std::shared_ptr<const Toml> text;
    std::string path;                       ///< of the table in the text: "resource.2"
    std::map<std::string, FileText> files;  ///< key to the file that it names, not rendered

    /// Where a key of it stands; "" for the table itself.
    Location where(std::string_view key = {}) const;
    /// The packages whose versions its values ask for: it has to be bound again when its turn comes.
    std::vector<std::string> packages() const;
};

/// A declaration with its values bound.
struct Bound {
    Properties properties;
    std::vector<Guard> guards;
    std::vector<Subscription> subscriptions;
    bool sound = true;  ///< no value of it was a problem

    /// "file[/etc/x]"
    std::string id() const { return properties.type() + "[" + properties.name() + "]"; }
};

/// Renders, checks and converts every value of a declaration; what is wrong goes to `problems`, all of it.
Bound bind(const Declaration& declaration, const Renderer& renderer, Problems& problems);

}  // namespace dray::recipe
