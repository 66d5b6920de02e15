// Values as JSON.
#include "value_json.h"

#include <nlohmann/json.hpp>

namespace dray {

using json = nlohmann::ordered_json;

json value_json(const Value& value) {
    if (value.text() != nullptr) return *value.text();
    if (value.integer() != nullptr) return *value.integer();
    if (value.number() != nullptr) return *value.number();
    if (value.truth() != nullptr) return *value.truth();
    if (value.secret() != nullptr) return {{"secret", value.secret()->text()}};
    if (value.list() != nullptr) {
        auto list = json::array();
        for (const auto& item : *value.list())
            list.push_back(value_json(item));
        return list;
    }
    auto table = json::object();
    for (const auto& [key, item] : *value.table())
        table[key] = value_json(item);
    return table;
}

std::string json_text(const json& value) {
    return value.dump(2, ' ', false, json::error_handler_t::replace) + "\n";
}

}  // namespace dray
