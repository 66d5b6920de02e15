// The JSON Schema has all that recipes can say; recipe_schema.py judges recipes by it.
#include "reference/json_schema.h"

#include "resources/registry.h"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

using dray::resources::catalogue;

TEST_CASE("every key of every type is in the JSON Schema, and no reference leads nowhere") {
    const auto text = dray::reference::json_schema(catalogue());
    const auto schema = nlohmann::json::parse(text);
    for (const auto& type : catalogue().types()) {
        CAPTURE(type);
        const auto& found = schema["definitions"][type];
        CHECK(found["additionalProperties"] == false);
        for (const auto& key : catalogue().find(type)->keys) {
            CAPTURE(key.name);
            const auto dot = key.name.find('.');  // of a table of its own, which may be a truth value, too
            const auto& properties =
                dot == std::string::npos
                    ? found["properties"]
                    : found["properties"][key.name.substr(0, dot)]["anyOf"][1]["properties"];
            CHECK(properties.at(key.name.substr(dot + 1))["description"] == key.doc);
        }
        CHECK(found["properties"].contains("only_if"));
        CHECK(found["properties"].contains("for_each"));
    }
    const std::string mark = "\"$ref\": \"#/definitions/";
    for (auto at = text.find(mark); at != std::string::npos; at = text.find(mark, at + 1)) {
        const auto begin = at + mark.size();
        CHECK(schema["definitions"].contains(text.substr(begin, text.find('"', begin) - begin)));
    }
}

TEST_CASE("defaults and choices are in the JSON Schema") {
    const auto schema = nlohmann::json::parse(dray::reference::json_schema(catalogue()));
    const auto& package = schema["definitions"]["package"]["properties"];
    CHECK(package["version"]["default"] == "latest");
    CHECK(package["state"]["anyOf"][0]["enum"] == nlohmann::json({"installed", "absent", "purged"}));
    CHECK(schema["properties"]["recipe"]["properties"].contains("requires_dray"));
}
