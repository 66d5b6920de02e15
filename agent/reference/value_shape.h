// What the values of keys look like: in a word, and as JSON Schema.
#pragma once

#include "recipe/schema.h"

#include <nlohmann/json_fwd.hpp>

#include <string_view>

namespace dray::reference {

/// A kind in a word or two, as dray-recipe(5) explains them: "path", "list of texts".
std::string_view kind_name(recipe::Kind kind);

/// A JSON Schema of the values that a key takes, of texts with tags whatever they will be. Refers to the
/// definitions "secret", "guard" and "condition" of json_schema.cpp. Source: JSON Schema, draft 7.
nlohmann::ordered_json value_shape(const recipe::Key& key, const recipe::Catalogue& catalogue);

/// Texts that the regular expression of ECMA 262 matches, or that have tags.
nlohmann::ordered_json matching(std::string_view pattern);

/// The path of a file on the host, or a text with tags.
nlohmann::ordered_json path_shape();

/// A list of texts, at least that many.
nlohmann::ordered_json list_of_texts(int at_least);

}  // namespace dray::reference
