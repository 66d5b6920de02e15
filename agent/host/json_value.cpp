// JSON of other programs as values.
#include "host/json_value.h"

#include "error.h"
#include "toml.h"

#include <nlohmann/json.hpp>
#include <spdlog/fmt/fmt.h>

#include <limits>

namespace dray::host {
namespace {

/// Whether brackets are nested deeper than values may be: what reads them is recursive.
bool too_deep(std::string_view text) {
    int depth = 0;
    bool in_string = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (in_string) {
            if (c == '\\')
                ++i;
            else if (c == '"')
                in_string = false;
        } else if (c == '"') {
            in_string = true;
        } else if (c == '[' || c == '{') {
            if (++depth > toml_depth_limit) return true;
        } else if (c == ']' || c == '}') {
            --depth;
        }
    }
    return false;
}

Value convert(const nlohmann::json& json) {
    if (json.is_string()) return Value(json.get<std::string>());
    if (json.is_boolean()) return Value(json.get<bool>());
    if (json.is_number_unsigned() &&
        json.get<std::uint64_t>() > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()))
        return Value(json.get<double>());
    if (json.is_number_integer()) return Value(json.get<std::int64_t>());
    if (json.is_number()) return Value(json.get<double>());
    if (json.is_array()) {
        Value::List list;
        for (const auto& item : json)
            if (!item.is_null()) list.push_back(convert(item));
        return Value(std::move(list));
    }
    Value::Table table;
    for (const auto& [key, item] : json.items())
        if (!item.is_null()) table.emplace(key, convert(item));
    return Value(std::move(table));
}

}  // namespace

Value read_json_object(std::string_view text, const std::string& attempt) {
    if (too_deep(text))
        throw Error(attempt, fmt::format("its JSON is nested deeper than {} levels", toml_depth_limit),
                    "write it flatter");
    nlohmann::json json;
    try {
        json = nlohmann::json::parse(text);
    } catch (const nlohmann::json::exception& error) {
        throw Error(attempt, std::string("it is no JSON: ") + error.what());
    }
    if (!json.is_object())
        throw Error(attempt, fmt::format("its JSON is no object, but of type {}", json.type_name()),
                    "write {\"name\": value}");
    return convert(json);
}

}  // namespace dray::host
