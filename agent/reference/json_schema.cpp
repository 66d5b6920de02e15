// A JSON Schema of recipe.toml, by which editors complete and check recipes.
#include "reference/json_schema.h"

#include "recipe/guard.h"
#include "reference/help.h"
#include "reference/value_shape.h"
#include "toml_text.h"
#include "value_json.h"

#include <nlohmann/json.hpp>

#include <utility>

namespace dray::reference {
namespace {

using json = nlohmann::ordered_json;
using recipe::Catalogue;
using recipe::Key;
using recipe::Schema;

constexpr auto dialect = "http://json-schema.org/draft-07/schema#";  // the newest that all editors know
constexpr auto recipe_name = "^[A-Za-z0-9_-][A-Za-z0-9._-]*$";       // recipe/reader.cpp
constexpr auto version_number = R"(^[0-9]{1,9}(\.[0-9]{1,9})*$)";    // recipe/version.h
constexpr auto requirement =
    R"(^[ \t]*(!=|<=|>=|<|>|=)?[ \t]*[0-9]+(\.[0-9]+)*[ \t]*(,[ \t]*(!=|<=|>=|<|>|=)?[ \t]*[0-9]+(\.[0-9]+)*[ \t]*)*$)";

json text() {
    return {{"type", "string"}};
}

json text_like(const char* pattern) {
    return {{"type", "string"}, {"pattern", pattern}};
}

/// The shape of a value with what editors show of its key.
json described(const Key& key, const json& shape) {
    json out = {{"description", key.doc}};
    out.update(shape);
    if (key.fallback) out["default"] = value_json(*key.fallback);
    return out;
}

/// A table that has these keys and no others.
json table(std::string_view doc, json properties, std::vector<std::string> required) {
    json out = {{"type", "object"}};
    if (!doc.empty()) out["description"] = doc;
    out["properties"] = std::move(properties);
    if (!required.empty()) out["required"] = std::move(required);
    out["additionalProperties"] = false;
    return out;
}

std::vector<std::string> required_of(const std::vector<Key>& keys) {
    std::vector<std::string> names;
    for (const auto& key : keys)
        if (key.required) names.push_back(key.name);
    return names;
}

/// The shapes by name; a key that has none there is a text.
json properties_of(const std::vector<Key>& keys, const json& shapes) {
    json properties;
    for (const auto& key : keys)
        properties[key.name] = described(key, shapes.value(key.name, text()));
    return properties;
}

json header() {
    const auto include = table("A recipe with attributes that are passed to it.",
                               properties_of(recipe::include_keys(), {{"recipe", text_like(recipe_name)},
                                                                      {"attributes", {{"type", "object"}}},
                                                                      {"version", text_like(requirement)}}),
                               required_of(recipe::include_keys()));
    const json shapes = {
        {"name", text_like(recipe_name)},
        {"version", text_like(version_number)},
        {"requires_dray", text_like(requirement)},
        {"includes",
         {{"type", "array"}, {"items", {{"anyOf", json::array({text_like(recipe_name), include})}}}}}};
    return table("What the recipe is.", properties_of(recipe::header_keys(), shapes),
                 required_of(recipe::header_keys()));
}

/// { secret = "file:/etc/dray/secrets/db" }
json secret() {
    const json words = {{"type", "array"},
                        {"items", json::array({json{{"enum", {"file", "credential", "command"}}}})},
                        {"additionalItems", text()},
                        {"minItems", 2}};
    const json written = text_like(R"(^(file:/|credential:[^/]+$|command:\s*\S))");
    return table("Where a secret is kept; it is read when the resource has its turn.",
                 {{"secret", {{"anyOf", json::array({written, words})}}}}, {"secret"});
}

json command() {
    json out = list_of_texts(1);
    out["description"] = "A program and its arguments; no shell is involved.";
    return out;
}

json condition() {
    json filled = text();
    filled["minLength"] = 1;
    json read_only = {{"description", "The command changes nothing, so that dry runs may run it."},
                      {"type", "boolean"}};
    const json shapes = {
        {"exists", path_shape()},
        {"contains", table("", {{"path", path_shape()}, {"text", filled}}, {"path", "text"})},
        {"installed", matching("^[a-z0-9+.-]+$")},
        {"running", matching(R"(^[^/]*\.[^/]*$)")},
        {"command", command()}};
    json all = json::array();
    for (const auto& form : recipe::guard_forms()) {
        const std::string name(form.condition);
        json shape = {{"description", form.doc}};
        shape.update(shapes.at(name));
        shape["description"] = form.doc;
        json properties = {{name, std::move(shape)}};
        if (name == "command") properties["read_only"] = read_only;
        all.push_back(table("", std::move(properties), {name}));
    }
    return {{"description", "A condition, which an only_if needs and a not_if forbids."},
            {"anyOf", std::move(all)}};
}

json type_of(const Schema& schema, const Catalogue& catalogue) {
    json properties = {{"type", {{"const", schema.type}, {"description", schema.summary}}}};
    const auto name = name_key(schema);
    auto named = described(name, value_shape(name, catalogue));
    named["minLength"] = 1;
    properties["name"] = std::move(named);
    json groups = json::object();  // of keys that stand in a table of their own, by the table's name
    for (const auto* keys : {&schema.keys, &recipe::selection_keys(), &recipe::common_keys()})
        for (const auto& key : *keys) {
            const auto dot = key.name.find('.');
            auto shape = described(key, value_shape(key, catalogue));
            if (dot == std::string::npos)
                properties[key.name] = std::move(shape);
            else
                groups[key.name.substr(0, dot)][key.name.substr(dot + 1)] = std::move(shape);
        }
    for (auto& [group, entries] : groups.items())
        properties[group] = {{"description", properties[group]["description"]},
                             {"anyOf", {{{"type", "boolean"}}, table("", std::move(entries), {})}}};
    std::vector<std::string> required = {"type", "name"};
    for (const auto& key : required_of(schema.keys))
        required.push_back(key);
    auto out = table(schema.summary, std::move(properties), std::move(required));
    json needed = json::array();
    for (const auto& key : schema.keys)
        if (key.required_if_present) needed.push_back(key.name);
    // A state that an attribute gives may be any.
    const json present = {{"properties", {{"state", {{"const", "present"}}}}}};
    if (!needed.empty()) {
        out["if"] = present;
        out["then"] = {{"required", std::move(needed)}};
    }
    return out;
}

/// The type decides which keys there are. Two ways to say so: allOf checks, and its messages name the key
/// that is wrong; anyOf takes anything, and is there for editors that complete keys from all types but do not
/// follow if/then, as taplo.
json resource(const Catalogue& catalogue) {
    json checks = json::array();
    json completions = json::array();
    for (const auto& type : catalogue.types()) {
        const json there = {{"$ref", "#/definitions/" + type}};
        checks.push_back({{"if", {{"properties", {{"type", {{"const", type}}}}}, {"required", {"type"}}}},
                          {"then", there}});
        completions.push_back(there);
    }
    completions.push_back({{"type", "object"}});
    return {
        {"description", "A thing in a wanted state."},
        {"type", "object"},
        {"properties", {{"type", {{"description", "Which kind of thing."}, {"enum", catalogue.types()}}}}},
        {"required", {"type", "name"}},
        {"allOf", std::move(checks)},
        {"anyOf", std::move(completions)}};
}

}  // namespace

std::string json_schema(const Catalogue& catalogue) {
    json definitions = {{"secret", secret()}, {"command", command()}, {"condition", condition()}};
    for (const auto& type : catalogue.types())
        definitions[type] = type_of(*catalogue.find(type), catalogue);
    json properties = {
        {"recipe", header()},
        {"attributes",
         {{"description", "The values that the recipe uses, with their defaults."}, {"type", "object"}}},
        {"resource",
         {{"description", "What the host is to have, converged from top to bottom."},
          {"type", "array"},
          {"items", resource(catalogue)}}}};
    json out = {{"$schema", dialect}, {"title", "recipe.toml of dray"}};
    out.update(table("A recipe of dray: dray-recipe(5).", std::move(properties), {"recipe"}));
    out["definitions"] = std::move(definitions);
    return json_text(out);
}

}  // namespace dray::reference
