// What `dray resources` prints of resource types, from their schemas.
#include "reference/help.h"

#include "recipe/guard.h"
#include "reference/value_shape.h"
#include "reference/wrap.h"
#include "toml_text.h"
#include "value_json.h"

#include <nlohmann/json.hpp>
#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <cctype>
#include <vector>

namespace dray::reference {
namespace {

using json = nlohmann::ordered_json;
using recipe::Key;
using recipe::Schema;

constexpr std::size_t margin = 2;
constexpr std::size_t doc_margin = 6;

std::string bold(std::string_view text, const Look& look) {
    return look.bold ? fmt::format("\033[1m{}\033[0m", text) : std::string(text);
}

std::string heading(std::string_view text, const Look& look) {
    return "\n" + bold(text, look) + "\n";
}

std::vector<const Schema*> of_group(const recipe::Catalogue& catalogue, recipe::Group group) {
    std::vector<const Schema*> schemas;
    for (const auto& type : catalogue.types())
        if (const auto* schema = catalogue.find(type); schema->group == group) schemas.push_back(schema);
    return schemas;
}

std::string choices_text(const std::vector<std::string>& choices) {
    std::string text;
    for (const auto& choice : choices)
        text += (text.empty() ? "" : choice == choices.back() ? " or " : ", ") + toml_text(choice);
    return text;
}

/// "a text; default "latest"".
std::string value_text(const Key& key) {
    std::string text = key.kind == recipe::Kind::guards ? "a guard, or a list of guards: see below"
                       : key.choices.empty()            ? std::string(kind_text(key.kind))
                                                        : choices_text(key.choices);
    if (key.required) text += "; required";
    if (key.required_if_present) text += "; required unless state is \"absent\"";
    if (key.fallback) text += "; default " + toml_text(*key.fallback);
    if (key.secret) text += "; may hold a secret";
    return text;
}

std::string key_text(const Key& key, const Look& look) {
    const auto begin = margin + columns(key.name) + 2;
    return std::string(margin, ' ') + bold(key.name, look) + "  " + wrap(value_text(key), begin, doc_margin) +
           std::string(doc_margin, ' ') + wrap(key.doc, doc_margin, doc_margin);
}

/// The names of the keys that all types have: most readers know them from the last type that they looked up.
std::string common_names(const Look& look) {
    std::string names;
    for (const auto* keys : {&recipe::selection_keys(), &recipe::common_keys()})
        for (const auto& key : *keys)
            names += (names.empty() ? "" : ", ") + key.name;
    return heading("Keys of every resource", look) + std::string(margin, ' ') + wrap(names, margin, margin) +
           std::string(margin, ' ') + "dray resources " + std::string(common_topic) + " explains them.\n";
}

json key_json(const Key& key) {
    json out = {{"name", key.name},
                {"kind", kind_name(key.kind)},
                {"looks_like", kind_text(key.kind)},
                {"doc", key.doc},
                {"required", key.required}};
    if (key.required_if_present) out["required_unless_absent"] = true;
    if (key.fallback) out["default"] = value_json(*key.fallback);
    if (!key.choices.empty()) out["choices"] = key.choices;
    if (key.secret) out["may_hold_secret"] = true;
    return out;
}

json common_json() {
    auto keys_of_all = json::array();
    for (const auto* keys : {&recipe::selection_keys(), &recipe::common_keys()})
        for (const auto& key : *keys)
            keys_of_all.push_back(key_json(key));
    auto guards = json::array();
    for (const auto& form : recipe::guard_forms())
        guards.push_back({{"condition", form.condition}, {"example", form.example}, {"doc", form.doc}});
    return {{"common_keys", std::move(keys_of_all)}, {"guards", std::move(guards)}};
}

std::string indented(std::string_view text) {
    std::string out;
    while (!text.empty()) {
        const auto line = text.substr(0, text.find('\n'));
        if (!line.empty()) out += std::string(margin, ' ') + std::string(line);
        out += '\n';
        text.remove_prefix(std::min(line.size() + 1, text.size()));
    }
    return out;
}

json summary_json(const Schema& schema) {
    return {{"type", schema.type}, {"group", group_text(schema.group)}, {"summary", schema.summary}};
}

}  // namespace

Key name_key(const Schema& schema) {
    Key key{.name = "name", .kind = schema.name_kind, .doc = schema.name_doc + ".", .required = true};
    key.doc.front() = static_cast<char>(std::toupper(static_cast<unsigned char>(key.doc.front())));
    return key;
}

std::string types_text(const recipe::Catalogue& catalogue, const Look& look) {
    std::size_t widest = 0;
    for (const auto& type : catalogue.types())
        widest = std::max(widest, columns(type));
    const auto begin = margin + widest + 2;
    std::string out =
        "Types of resources: `dray resources TYPE` explains one, and `dray resources\n"
        "common` what all of them have.\n";
    for (const auto group : recipe::groups()) {
        const auto schemas = of_group(catalogue, group);
        if (!schemas.empty()) out += heading(group_text(group), look);
        for (const auto* schema : schemas)
            out += std::string(margin, ' ') + bold(schema->type, look) +
                   std::string(begin - margin - columns(schema->type), ' ') +
                   wrap(schema->summary, begin, begin);
    }
    return out;
}

std::string types_json(const recipe::Catalogue& catalogue) {
    auto list = json::array();
    for (const auto group : recipe::groups())
        for (const auto* schema : of_group(catalogue, group))
            list.push_back(summary_json(*schema));
    return json_text({{"types", std::move(list)}});
}

std::string type_text(const Schema& schema, const Look& look) {
    std::string out = bold(schema.type, look) + "\n" + std::string(margin, ' ') +
                      wrap(schema.summary, margin, margin) + heading("Keys", look);
    out += key_text(name_key(schema), look);
    for (const auto& key : schema.keys)
        out += key_text(key, look);
    out += heading("Example", look) + indented(schema.example) + common_names(look);
    return out + "\n" + wrap("More: dray-recipe(5); rules from " + schema.source + ".", 0, margin);
}

std::string type_json(const Schema& schema) {
    auto out = summary_json(schema);
    out["rules"] = schema.source;
    out["name"] = key_json(name_key(schema));
    out["keys"] = json::array();
    for (const auto& key : schema.keys)
        out["keys"].push_back(key_json(key));
    out.update(common_json());
    out["example"] = schema.example;
    return json_text(out);
}

std::string common_text(const Look& look) {
    std::string out = bold("Keys of every resource", look) + "\n";
    for (const auto* keys : {&recipe::selection_keys(), &recipe::common_keys()})
        for (const auto& key : *keys)
            out += key_text(key, look);
    out += heading("Guards, for only_if and not_if; several in a list", look);
    for (const auto& form : recipe::guard_forms())
        out += std::string(margin, ' ') + std::string(form.example) + "\n" + std::string(doc_margin, ' ') +
               wrap(form.doc, doc_margin, doc_margin);
    return out;
}

std::string common_json_text() {
    return json_text(common_json());
}

}  // namespace dray::reference
