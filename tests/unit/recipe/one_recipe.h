// Recipes of one text each, loaded, and what such texts are put together from.
#pragma once

#include "error.h"
#include "recipe/loader.h"
#include "recipe/loading.h"

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace dray::test {

/// An attribute that is a list of tables.
inline const std::string sites =
    "[[attributes.sites]]\n"  // 3
    "name = \"a\"\n"
    "port = 80\n"
    "tls = true\n"
    "[[attributes.sites]]\n"
    "name = \"b\"\n"
    "port = 81\n"
    "tls = false\n";

/// A resource; `more` are lines of TOML.
inline std::string group(const std::string& name, const std::string& more = "") {
    return "[[resource]]\ntype = \"group\"\nname = \"" + name + "\"\n" + more;
}

/// A folder with one recipe "r" of this text.
inline Loaded load(const std::string& text, std::vector<recipe::Layer> layers = {}) {
    RecipeFolder folder;
    folder.recipe("r", text);
    return load_from(folder, {"r"}, std::move(layers));
}

/// Facts that count how often they are asked for.
class CountedFacts final : public recipe::FactSource {
  public:
    std::optional<Value> learn(const std::string& name) const override {
        ++asked[name];
        if (name == "gpu") return Value(Value::Table{{"model", "m1"}, {"ids", Value(Value::List{"a", "b"})}});
        if (name == "package")
            return Value(Value::Table{{"nginx", "1.22.1-9"},
                                      {"web", "26.11.3+deb12"},
                                      {"libssl1.1", "1:1.1.1~rc2"},
                                      {"plain", "2"}});
        if (name == "broken") throw Error("cannot learn fact.broken", "exit status 1");
        if (name == "private") throw recipe::Unknown("cannot learn fact.private", "Permission denied");
        return std::nullopt;
    }
    std::vector<std::string> names() const override { return {"gpu", "broken", "private"}; }
    mutable std::map<std::string, int> asked;
};

/// A folder with one recipe "r" of this text, on a host with such facts.
inline Loaded load_with_facts(const std::string& text, const std::shared_ptr<const CountedFacts>& facts) {
    RecipeFolder folder;
    folder.recipe("r", text);
    return load_from(folder, {"r"}, {}, facts);
}

/// What a resource is notified by, in one line.
inline std::string sources(const recipe::Bound& bound) {
    std::string text;
    for (const auto& subscription : bound.subscriptions)
        text += (text.empty() ? "" : " ") + subscription.source;
    return text;
}

}  // namespace dray::test
