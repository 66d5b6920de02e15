// `includes`: which recipe, with which attributes, in which version.
#include "recipe/include.h"

#include "recipe/schema.h"
#include "recipe/version.h"
#include "suggestion.h"

#include <spdlog/fmt/fmt.h>

namespace dray::recipe {
namespace {

constexpr auto how =
    "write a list of recipe names, or of tables such as { recipe = \"postgresql\", attributes = { version = "
    "15 } }";

/// Reads the entries of one recipe's list.
class IncludeReader {
  public:
    IncludeReader(const std::string& name, const Toml& text, Problems& problems)
        : name_(name), text_(text), problems_(problems) {}

    std::vector<Include> run(const Value& includes) {
        std::vector<Include> out;
        if (includes.list() == nullptr) {
            bad(fmt::format("it is {}", includes.kind()), how, text_.where("recipe.includes"));
            return out;
        }
        for (std::size_t i = 0; i < includes.list()->size(); ++i)
            if (auto include = entry((*includes.list())[i], fmt::format("recipe.includes.{}", i)))
                out.push_back(std::move(*include));
        return out;
    }

  private:
    void bad(std::string cause, std::string hint, Location where) {
        problems_.add("bad value for 'includes' in [recipe] of " + name_, std::move(cause), std::move(hint),
                      std::move(where));
    }

    std::optional<Include> entry(const Value& value, const std::string& path) {
        Include include{{}, text_.where(path), {}, path + ".attributes", {}};
        if (value.text() != nullptr) {
            include.recipe = *value.text();
            return include;
        }
        if (value.table() == nullptr) {
            bad(fmt::format("an entry is {}", value.kind()), how, include.where);
            return std::nullopt;
        }
        static const auto known = names_of(include_keys());
        for (const auto& [key, each] : *value.table()) {
            if (key == "attributes" && each.table() != nullptr)
                include.attributes = *each.table();
            else if (key == "recipe" && each.text() != nullptr)
                include.recipe = *each.text();
            else if (key == "version" && each.text() != nullptr && Requirement::parse(*each.text()))
                include.version = *each.text();
            else if (key == "version")
                bad(fmt::format("version '{}' is no requirement", each.show()), "write version = \">= 1.2\"",
                    text_.where(path + ".version"));
            else if (key == "attributes" || key == "recipe")
                bad(fmt::format("'{}' is {}", key, each.kind()), how, text_.where(path + "." + key));
            else
                bad(fmt::format("unknown key '{}'", key), did_you_mean(key, known),
                    text_.where(path + "." + key));
        }
        if (!value.table()->contains("recipe")) bad("an entry has no 'recipe'", how, include.where);
        if (include.recipe.empty()) return std::nullopt;
        return include;
    }

    const std::string& name_;
    const Toml& text_;
    Problems& problems_;
};

}  // namespace

std::vector<Include> read_includes(const std::string& name, const Toml& text, Problems& problems) {
    const Value* includes = text.root().find("recipe.includes");
    if (includes == nullptr) return {};
    return IncludeReader(name, text, problems).run(*includes);
}

}  // namespace dray::recipe
