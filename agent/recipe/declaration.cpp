// One [[resource]] as a recipe declares it.
#include "recipe/declaration.h"

#include "recipe/other_words.h"

#include <spdlog/fmt/fmt.h>

#include <algorithm>

namespace dray::recipe {
namespace {

void collect_packages(const std::string& text, std::vector<std::string>& names) {
    for (auto& name : packages_named(text))
        names.push_back(std::move(name));
}

void collect_packages(const Value& value, std::vector<std::string>& names) {
    if (value.text() != nullptr) collect_packages(*value.text(), names);
    if (value.list() != nullptr)
        for (const auto& item : *value.list())
            collect_packages(item, names);
    if (value.table() != nullptr)
        for (const auto& [key, item] : *value.table())
            collect_packages(item, names);
}

/// Whether it is to be there by what is written. A state from an attribute is known only when it is bound.
bool is_to_be_present(const Declaration& declaration) {
    const auto state = declaration.values.find("state");
    return state == declaration.values.end() || state->second == Value("present");
}

}  // namespace

Location Declaration::where(std::string_view key) const {
    return text->where(key.empty() ? path : path + "." + std::string(key));
}

std::string Declaration::written_id() const {
    const auto name = values.find("name");
    if (name == values.end() || name->second.text() == nullptr) return {};
    return schema->type + "[" + *name->second.text() + "]";
}

std::vector<std::string> Declaration::packages() const {
    std::vector<std::string> names;
    for (const auto& [key, value] : values)
        collect_packages(value, names);
    for (const auto& [name, file] : files) {
        const Key* key = schema->find(name);
        if (key != nullptr && key->kind == Kind::template_file) collect_packages(file.content, names);
    }
    std::ranges::sort(names);
    names.erase(std::unique(names.begin(), names.end()), names.end());
    return names;
}

bool check_required(const Declaration& declaration, const std::string& id, bool present, Problems& problems) {
    bool good = true;
    for (const auto& key : declaration.schema->keys) {
        const bool required = key.required || (present && key.required_if_present);
        if (!required || declaration.values.contains(key.name)) continue;
        problems.add(fmt::format("{} has no '{}'", id, key.name), "", key.doc, declaration.where());
        good = false;
    }
    return good;
}

bool check_keys(const Declaration& declaration, Problems& problems) {
    const Schema& schema = *declaration.schema;
    const auto id =
        declaration.written_id().empty() ? "a resource of type " + schema.type : declaration.written_id();
    bool good = declaration.values.contains("name");
    if (!good)
        problems.add("a resource of type " + schema.type + " has no name", "",
                     "write name = …: " + schema.name_doc, declaration.where());
    if (!check_required(declaration, id, is_to_be_present(declaration), problems)) good = false;
    std::vector<std::string> known = {"type", "name"};
    for (const auto* keys : {&schema.keys, &common_keys(), &selection_keys()})
        for (const auto& key : *keys)
            known.push_back(key.name);
    for (const auto& [key, value] : declaration.values) {
        if (std::ranges::find(known, key) != known.end()) continue;
        problems.add(fmt::format("unknown key '{}' in {}", key, id), "", hint_for_key(key, known),
                     declaration.where(key));
        good = false;
    }
    return good;
}

}  // namespace dray::recipe
