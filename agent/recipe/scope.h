// What the texts of a recipe can name.
#pragma once

#include "secret.h"
#include "value.h"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace dray::recipe {

/// Facts that cost something to learn: a program is started, a name server asked. They are learned when a
/// recipe names them, and only then.
class FactSource {
  public:
    virtual ~FactSource() = default;

    /// The fact of this name, without "fact."; nothing when the host has none. Asked as often as somebody
    /// names it. Throws Unknown when whoever runs dray may not learn it, else Error.
    virtual std::optional<Value> learn(const std::string& name) const = 0;

    /// The names that it knows, for suggestions; learns nothing.
    virtual std::vector<std::string> names() const = 0;
};

/// What templates and texts of a recipe can name: {{attribute.…}}, {{fact.…}}, {{package.NAME.version}},
/// {{package.NAME.release}}, and with `for_each` {{item}}.
struct Scope {
    Value attributes;
    Value facts;
    /// The Debian version of a package as this run leaves it; nothing when it is not installed. Empty while
    /// recipes are being checked: then each package name stands for some version.
    std::function<std::optional<std::string>(const std::string& package)> package_version = {};
    std::shared_ptr<const FactSource> more_facts = {};  ///< besides `facts`; may be empty
    /// Resolves a secret. Empty while recipes are being checked: then each secret stands for some text.
    std::function<Secret(const SecretReference& reference)> secret = {};
};

/// The dotted names of a table's values, those of nested tables too: "port", "database.url". Each with
/// `prefix` before it.
void collect_names(const Value& table, const std::string& prefix, std::vector<std::string>& names);

}  // namespace dray::recipe
