// One [[resource]] as a recipe declares it, before its values are bound to attributes and facts.
#pragma once

#include "recipe/guard.h"
#include "recipe/problems.h"
#include "recipe/properties.h"
#include "recipe/schema.h"
#include "recipe/template.h"
#include "toml.h"

#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace dray::recipe {

/// "When `source` changed, do `action` to me." An empty action is an order only: `source` must not have
/// failed.
struct Subscription {
    std::string source;  ///< "package[warehouse]"
    std::string action;  ///< "restart", "reload", "run" or ""
};

/// What references can name besides the resources of a run.
struct Aliases {
    /// A resource with for_each, as it is written ("template[/etc/sites/{{item}}]"), to all that it became.
    std::map<std::string, std::vector<std::string>> groups;
    /// What is not on this host, by name and as written: references to it are satisfied.
    std::set<std::string> left_out;
};

/// One [[resource]] table; with for_each, one item of it.
struct Declaration {
    std::string recipe;              ///< name of the recipe it stands in
    std::filesystem::path folder;    ///< that recipe's folder
    const Schema* schema = nullptr;  ///< never null once loaded
    Value::Table values;             ///< as written
    std::shared_ptr<const Toml> text;
    std::string path;                                ///< of the table in the text: "resource.2"
    std::optional<Value> item = {};                  ///< what {{item}} stands for
    std::shared_ptr<const Aliases> aliases = {};     ///< of the run; may be empty
    std::map<std::string, FileText> files = {};      ///< key to the file that it names, not rendered
    std::map<std::string, FolderText> folders = {};  ///< key to the folder that it names

    /// "template[/etc/sites/{{item}}]": type and name, not rendered; "" without a name.
    std::string written_id() const;
    const Value* item_or_null() const { return item ? &*item : nullptr; }

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
    bool sound = true;     ///< no value of it was a problem
    bool secrets = false;  ///< there are secrets in it: it has to be bound again when its turn comes

    /// "file[/etc/x]"
    std::string id() const { return properties.type() + "[" + properties.name() + "]"; }
};

/// Adds a problem for each key that the type does not have, and for each that is missing; false when there is
/// one.
bool check_keys(const Declaration& declaration, Problems& problems);

/// Likewise for keys that are missing; some are not missed where the resource is not to be `present`. `id` is
/// what messages call it.
bool check_required(const Declaration& declaration, const std::string& id, bool present, Problems& problems);

/// Renders, checks and converts every value of a declaration; what is wrong goes to `problems`, all of it.
Bound bind(const Declaration& declaration, const Renderer& renderer, Problems& problems);

}  // namespace dray::recipe
