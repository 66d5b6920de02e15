// Recipes by name: found, and read with those that they include.
#include "recipe/reader.h"

#include "recipe/include.h"
#include "recipe/key_groups.h"
#include "recipe/other_words.h"
#include "recipe/recipe_file.h"
#include "recipe/secret_values.h"
#include "recipe/version.h"
#include "suggestion.h"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <map>
#include <optional>

namespace dray::recipe {
namespace {

namespace fs = std::filesystem;

/// What is known of a recipe that was asked for.
struct Known {
    std::string version = {};
    std::optional<Layer> own = {};     ///< its [attributes]
    std::optional<Layer> passed = {};  ///< by an include
    std::string passed_by = {};        ///< the recipe whose include that is
    bool read = false;
};

class Reader {
  public:
    Reader(const Request& request, const Catalogue& catalogue, Problems& problems)
        : request_(request), catalogue_(catalogue), problems_(problems) {}

    Texts run() {
        for (const auto& name : request_.names)
            load(name, {});
        for (const auto& recipe : texts_.recipes)
            for (auto* layer : {&known_.at(recipe.name).own, &known_.at(recipe.name).passed})
                if (*layer) texts_.layers.push_back(std::move(**layer));
        return std::move(texts_);
    }

  private:
    void load(const std::string& name, const Location& asked_at) {
        if (const auto at = std::ranges::find(trail_, name); at != trail_.end()) {
            std::string cycle;
            for (auto each = at; each != trail_.end(); ++each)
                cycle += *each + " → ";
            problems_.add("cannot include recipe " + name,
                          "the includes go round in a circle: " + cycle + name,
                          "remove one of these includes", asked_at);
            return;
        }
        if (!known_.emplace(name, Known{}).second) return;
        const auto folder = find(name, asked_at);
        if (folder.empty()) return;
        trail_.push_back(name);
        try {
            const auto file = folder / "recipe.toml";
            read(name, folder,
                 std::make_shared<const Toml>(
                     Toml::parse(read_file(file, toml_size_limit + 1), file.string())));
        } catch (const Error& error) {
            problems_.caught(error, asked_at);
        }
        trail_.pop_back();
    }

    fs::path find(const std::string& name, const Location& asked_at) {
        if (!is_recipe_name(name)) {
            problems_.add("cannot load recipe '" + name + "'", "that is no recipe name",
                          "names have letters, digits, '.', '_' and '-'", asked_at);
            return {};
        }
        std::vector<std::string> known;
        std::string searched;
        for (const auto& folder : request_.search) {
            std::error_code code;
            if (fs::exists(folder / name / "recipe.toml", code)) return folder / name;
            searched += (searched.empty() ? "" : ", ") + folder.string();
            for (fs::directory_iterator entry(folder, code), end; !code && entry != end;
                 entry.increment(code))
                if (std::error_code unknown; fs::exists(entry->path() / "recipe.toml", unknown))
                    known.push_back(entry->path().filename());
        }
        std::ranges::sort(known);
        known.erase(std::unique(known.begin(), known.end()), known.end());
        auto hint = did_you_mean(name, known);
        if (hint.empty()) hint = "--recipes DIR names another folder of recipes; `dray new` begins a recipe";
        problems_.add("cannot find recipe " + name, "there is none in " + searched, std::move(hint),
                      asked_at);
        return {};
    }

    void read(const std::string& name, const fs::path& folder, const std::shared_ptr<const Toml>& text) {
        if (!dray_suffices(name, *text)) return;  // what else it may hold, this dray cannot judge
        const auto& root = *text->root().table();
        static const std::vector<std::string> sections = {"recipe", "attributes", "resource"};
        for (const auto& [key, value] : root)
            if (std::ranges::find(sections, key) == sections.end())
                problems_.add(fmt::format("unknown key '{}' in recipe {}", key, name), "",
                              did_you_mean(key, sections), text->where(key));
        read_header(name, *text);
        for (const auto& each : read_includes(name, *text, problems_))
            include(name, each, text);
        texts_.recipes.push_back({name, known_[name].version, text->file()});
        known_[name].read = true;
        if (const auto attributes = root.find("attributes"); attributes != root.end()) {
            if (attributes->second.table() != nullptr)
                known_[name].own = read_layer(*attributes->second.table(), text, "attributes", problems_);
            else
                problems_.add("cannot read recipe " + name, "'attributes' is no table", "write [attributes]",
                              text->where("attributes"));
        }
        const auto resources = root.find("resource");
        if (resources == root.end()) return;
        if (resources->second.list() == nullptr) {
            problems_.add("cannot read recipe " + name, "'resource' is not an array of tables",
                          "write [[resource]] with two brackets", text->where("resource"));
            return;
        }
        for (std::size_t i = 0; i < resources->second.list()->size(); ++i)
            declare(name, folder, text, (*resources->second.list())[i], fmt::format("resource.{}", i));
    }

    void read_header(const std::string& name, const Toml& text) {
        const auto* header = text.root().find("recipe");
        if (header == nullptr || header->table() == nullptr) {
            problems_.add("cannot read recipe " + name, "it has no [recipe] table",
                          "begin it with [recipe] and name = \"" + name + "\"", {text.file(), 1});
            return;
        }
        static const auto known = names_of(header_keys());
        for (const auto& [key, value] : *header->table()) {
            const auto where = text.where("recipe." + key);
            if (std::ranges::find(known, key) == known.end())
                problems_.add(fmt::format("unknown key '{}' in [recipe] of {}", key, name), "",
                              did_you_mean(key, known), where);
            else if (key != "includes" && value.text() == nullptr)
                problems_.add(fmt::format("bad value for '{}' in [recipe] of {}", key, name),
                              fmt::format("it is {}", value.kind()), "write a text", where);
            else if (key == "name" && *value.text() != name)
                problems_.add("cannot read recipe " + name, "it calls itself '" + *value.text() + "'",
                              "give the recipe the name of its folder", where);
            else if (key == "version")
                read_version(name, *value.text(), where);
        }
        if (!header->table()->contains("name"))
            problems_.add("cannot read recipe " + name, "[recipe] has no name",
                          "write name = \"" + name + "\"", text.where("recipe"));
    }

    void read_version(const std::string& name, const std::string& version, const Location& where) {
        if (Version::parse(version))
            known_[name].version = version;
        else
            problems_.add("bad value for 'version' in [recipe] of " + name, "'" + version + "' is no version",
                          "write numbers with dots: \"1.2.0\"", where);
    }

    bool dray_suffices(const std::string& name, const Toml& text) {
        const auto* wanted = text.root().find("recipe.requires_dray");
        if (wanted == nullptr || wanted->text() == nullptr) return true;
        const auto requirement = Requirement::parse(*wanted->text());
        const auto version = Version::parse(request_.dray_version);
        const auto where = text.where("recipe.requires_dray");
        if (!requirement) {
            problems_.add("bad value for 'requires_dray' in [recipe] of " + name,
                          "'" + *wanted->text() + "' is no requirement", "write \">= 0.1\"", where);
            return true;
        }
        if (version && requirement->met_by(*version)) return true;
        problems_.add(
            "cannot use recipe " + name,
            fmt::format("it requires dray {}, and this is {}", *wanted->text(), request_.dray_version),
            "upgrade the package dray, or use an older version of the recipe", where);
        return false;
    }

    void include(const std::string& name, const Include& wish, const std::shared_ptr<const Toml>& text) {
        load(wish.recipe, wish.where);
        auto& recipe = known_[wish.recipe];
        if (!wish.version.empty() && recipe.read) {
            const auto version = Version::parse(recipe.version);
            if (!version || !Requirement::parse(wish.version)->met_by(*version))
                problems_.add("cannot include recipe " + wish.recipe,
                              fmt::format("{} requires its version {}, and it {}", name, wish.version,
                                          version ? "is " + recipe.version : "states none"),
                              "install another version of it", wish.where);
        }
        if (wish.attributes.empty()) return;
        auto passed = read_layer(wish.attributes, text, wish.path, problems_);
        if (!recipe.passed) {
            recipe.passed = std::move(passed);
            recipe.passed_by = name;
        } else if (recipe.passed->values != passed.values) {
            problems_.add("cannot include recipe " + wish.recipe + " with different attributes",
                          fmt::format("{} passes it other values of {} than {} at {}", name,
                                      differing(passed.values, recipe.passed->values), recipe.passed_by,
                                      recipe.passed->where("").text()),
                          "a recipe is converged once: set its attributes in one place", wish.where);
        }
    }

    static std::string differing(const Value::Table& a, const Value::Table& b) {
        std::string names;
        const auto add = [&names](const std::string& name) {
            if (names.find("'" + name + "'") == std::string::npos)
                names += (names.empty() ? "'" : ", '") + name + "'";
        };
        for (const auto& [key, value] : a)
            if (const auto other = b.find(key); other == b.end() || other->second != value) add(key);
        for (const auto& [key, value] : b)
            if (!a.contains(key)) add(key);
        return names;
    }

    void declare(const std::string& recipe, const fs::path& folder, const std::shared_ptr<const Toml>& text,
                 const Value& value, const std::string& path) {
        const auto where = text->where(path);
        if (value.table() == nullptr) return;  // cpptoml keeps arrays of tables homogeneous
        const auto type = value.table()->find("type");
        if (type == value.table()->end() || type->second.text() == nullptr) {
            problems_.add("a resource has no type", "", did_you_mean("", catalogue_.types()), where);
            return;
        }
        const Schema* schema = catalogue_.find(*type->second.text());
        if (schema == nullptr) {
            problems_.add("unknown resource type '" + *type->second.text() + "'", "",
                          hint_for_type(*type->second.text(), catalogue_.types()),
                          text->where(path + ".type"));
            return;
        }
        Declaration declaration{recipe, folder, schema, *value.table(), text, path};
        flatten(declaration, problems_);
        read_secrets(
            declaration.values, [&](const std::string& key) { return text->where(path + "." + key); },
            problems_);
        texts_.declarations.push_back(std::move(declaration));
    }

    const Request& request_;
    const Catalogue& catalogue_;
    Problems& problems_;
    Texts texts_;
    std::map<std::string, Known> known_;
    std::vector<std::string> trail_;
};

}  // namespace

bool is_recipe_name(const std::string& name) {
    constexpr std::string_view allowed = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
    return !name.empty() && name.front() != '.' && name.find_first_not_of(allowed) == std::string::npos;
}

Texts read_recipes(const Request& request, const Catalogue& catalogue, Problems& problems) {
    return Reader(request, catalogue, problems).run();
}

}  // namespace dray::recipe
