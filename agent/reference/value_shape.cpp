// What the values of keys look like: in a word, and as JSON Schema.
#include "reference/value_shape.h"

#include <nlohmann/json.hpp>

#include <string>

namespace dray::reference {
namespace {

using json = nlohmann::ordered_json;
using recipe::Key;
using recipe::Kind;

// What a text with tags will be, only the host knows.
constexpr std::string_view with_tags = R"(\{\{)";

// Segments that are not "..", no two slashes, none at the end: recipe/path_text.h. A "." is none either.
constexpr std::string_view clean_path = R"(^(/|(/([^/.][^/]*|\.[^/.][^/]*|\.\.[^/]+))+)$)";

json tagged() {
    return {{"type", "string"}, {"pattern", with_tags}};
}

json any_of(std::vector<json> shapes) {
    return {{"anyOf", std::move(shapes)}};
}

json ref(const std::string& definition) {
    return {{"$ref", "#/definitions/" + definition}};
}

/// "type[name]", the type being one that there is.
json reference(const recipe::Catalogue& catalogue) {
    std::string types;
    for (const auto& type : catalogue.types())
        types += (types.empty() ? "" : "|") + type;
    return matching("^(" + types + R"()\[[\s\S]+\]$)");
}

json text_shape(const Key& key) {
    if (!key.choices.empty()) return any_of({{{"enum", key.choices}}, tagged()});
    json plain = {{"type", "string"}};
    return key.secret ? any_of({std::move(plain), ref("secret")}) : plain;
}

json guards() {
    return any_of({ref("command"),
                   ref("condition"),
                   {{"type", "array"}, {"items", ref("condition")}, {"minItems", 1}}});
}

}  // namespace

std::string_view kind_name(Kind kind) {
    switch (kind) {
        case Kind::text:
            return "text";
        case Kind::scalar:
            return "text or integer";
        case Kind::path:
            return "path";
        case Kind::integer:
            return "integer";
        case Kind::integers:
            return "list of integers";
        case Kind::boolean:
            return "true or false";
        case Kind::mode:
            return "mode";
        case Kind::duration:
            return "duration";
        case Kind::texts:
            return "list of texts";
        case Kind::some_texts:
            return "text or list of texts";
        case Kind::command:
            return "command";
        case Kind::script:
            return "command or text";
        case Kind::references:
            return "references";
        case Kind::environment:
            return "table of texts";
        case Kind::file:
            return "file";
        case Kind::template_file:
            return "template";
        case Kind::folder:
            return "folder";
        case Kind::table:
            return "table";
        case Kind::list_name:
            return "list";
        case Kind::guards:
            return "guards";
        case Kind::conditions:
            return "conditions";
    }
    return "value";
}

json matching(std::string_view pattern) {
    return {{"type", "string"}, {"pattern", std::string(with_tags) + "|" + std::string(pattern)}};
}

json path_shape() {
    return matching(clean_path);
}

json list_of_texts(int at_least) {
    json list = {{"type", "array"}, {"items", {{"type", "string"}}}};
    if (at_least > 0) list["minItems"] = at_least;
    return list;
}

json value_shape(const Key& key, const recipe::Catalogue& catalogue) {
    switch (key.kind) {
        case Kind::text:
            return text_shape(key);
        case Kind::scalar:
            return {{"type", {"string", "integer", "boolean"}}};
        case Kind::path:
            return path_shape();
        case Kind::integer:
            return any_of({{{"type", "integer"}}, tagged()});
        case Kind::integers: {
            json items = any_of({{{"type", "integer"}}, tagged()});
            return any_of({{{"type", "array"}, {"items", std::move(items)}, {"minItems", 1}}, tagged()});
        }
        case Kind::boolean:
            return any_of({{{"type", "boolean"}}, tagged()});
        case Kind::mode:
            return matching("^0*[0-7]{3,4}$");
        case Kind::duration:
            return matching("^([0-9]+(d|h|m|s|ms))+$");
        case Kind::texts:
            return any_of({list_of_texts(0), tagged()});
        case Kind::some_texts:
            return any_of({{{"type", "string"}}, list_of_texts(0)});
        case Kind::command:
            return any_of({ref("command"), tagged()});
        case Kind::script:
            return any_of({ref("command"), {{"type", "string"}}});
        case Kind::references: {
            const auto one = reference(catalogue);
            return any_of({one, {{"type", "array"}, {"items", one}}});
        }
        case Kind::environment: {
            json value = {{"type", "string"}};
            if (key.secret) value = any_of({std::move(value), ref("secret")});
            return any_of({{{"type", "object"}, {"additionalProperties", std::move(value)}}, tagged()});
        }
        case Kind::file:
        case Kind::template_file:
        case Kind::folder:
            return {{"type", "string"}};
        case Kind::table:
            return any_of({{{"type", "object"}}, tagged()});
        case Kind::list_name:
            return {{"type", {"string", "array"}}};
        case Kind::guards:
            return guards();
        case Kind::conditions:
            return {{"type", "object"}};
    }
    return json::object();
}

}  // namespace dray::reference
