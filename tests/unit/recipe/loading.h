// Recipes of a folder, loaded, and all that is wrong with them.
#pragma once

#include "recipe/loader.h"
#include "recipe_folder.h"
#include "resources/registry.h"

#include <algorithm>
#include <string>
#include <vector>

namespace dray::test {

struct Loaded {
    recipe::Book book;
    std::vector<std::string> problems;
    std::vector<std::string> notes;

    bool says(const std::string& text) const {
        return std::ranges::any_of(
            problems, [&](const std::string& each) { return each.find(text) != std::string::npos; });
    }
    /// All problems, for messages of a failing test.
    std::string all() const {
        std::string text;
        for (const auto& each : problems)
            text += each + "\n";
        return text;
    }
    std::string names() const {
        std::string text;
        for (const auto& bound : book.bound)
            text += (text.empty() ? "" : " ") + bound.properties.name();
        return text;
    }
};

/// Loads what is asked for from the folder.
inline Loaded load_as(const RecipeFolder& folder, recipe::Request request) {
    recipe::Problems problems;
    request.search = {folder.path()};
    request.dray_version = "0.1.0";
    Loaded loaded{recipe::load(request, resources::catalogue(), problems), {}, {}};
    for (const auto& error : problems.all())
        loaded.problems.push_back(error.text());
    for (const auto& note : problems.notes())
        loaded.notes.push_back(note.text());
    return loaded;
}

/// Loads from the folder, on a host whose facts are these unless others are given.
inline Loaded load_from(const RecipeFolder& folder, std::vector<std::string> names,
                        std::vector<recipe::Layer> layers = {},
                        std::shared_ptr<const recipe::FactSource> more_facts = {}) {
    Value facts(Value::Table{{"cores", 2},
                             {"memory_mb", 4096},
                             {"os", Value(Value::Table{{"codename", "bookworm"}, {"version_id", "12"}})}});
    return load_as(folder, {.names = std::move(names),
                            .layers = std::move(layers),
                            .facts = std::move(facts),
                            .more_facts = std::move(more_facts)});
}

}  // namespace dray::test
