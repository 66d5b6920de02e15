// dray-recipe(5) describes each resource type in the words of its schema, so that the page cannot go stale.
#include "recipe/schema.h"
#include "reference/help.h"
#include "reference/value_shape.h"
#include "resources/registry.h"

#include <doctest/doctest.h>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>
#include <string_view>

namespace {

using dray::recipe::Key;
using dray::recipe::Schema;

constexpr std::string_view section_begin = ".SH RESOURCE TYPES\n";
constexpr std::string_view section_end = ".SH FACTS\n";

/// Text as roff shows it unchanged: groff_man(7), "Portability".
std::string roff(std::string_view text) {
    std::string out;
    for (const char c : text) {
        if (c == '\\')
            out += "\\e";
        else if (c == '-')
            out += "\\-";
        else if (c == '`')
            out += "\\(ga";
        else if (c == '"')
            out += "\\(dq";
        else
            out += c;
    }
    return out;
}

std::string key_text(const Key& key) {
    std::string kind(dray::reference::kind_name(key.kind));
    if (!key.choices.empty()) {
        kind = "one of";
        for (const auto& choice : key.choices)
            kind += (choice == key.choices.front() ? " " : ", ") + choice;
    }
    std::string out = ".TP\n\\fB" + roff(key.name) + "\\fP (\\fI" + roff(kind) + "\\fP";
    if (key.secret) out += "; may hold a secret";
    if (key.required) out += "; required";
    if (key.fallback) out += "; default " + roff(key.fallback->show());
    return out + ")\n" + roff(key.doc) + "\n";
}

std::string type_text(const Schema& schema) {
    std::string out = ".SS " + schema.type + "\n" + roff(schema.summary) + "\n" +
                      key_text(dray::reference::name_key(schema));
    for (const auto& key : schema.keys)
        out += key_text(key);
    return out + ".PP\n.EX\n" + roff(schema.example) +
           ".EE\n.PP\nSource of the rules: " + roff(schema.source) + ".\n";
}

}  // namespace

TEST_CASE("dray-recipe(5) has the resource types as their schemas describe them") {
    const char* variable = std::getenv("DRAY_RECIPE_MANUAL");  // set by meson
    if (variable == nullptr) return;
    const std::string file = variable;
    std::ifstream stream(file);
    const std::string page{std::istreambuf_iterator<char>(stream), {}};
    const auto begin = page.find(section_begin);
    const auto end = page.find(section_end);
    REQUIRE(begin != page.npos);
    REQUIRE(end != page.npos);

    std::string wanted(section_begin);
    for (const auto& type : dray::resources::catalogue().types())
        wanted += type_text(*dray::resources::catalogue().find(type));

    const bool current = page.substr(begin, end - begin) == wanted;
    const std::string renewed = "dray-recipe.5.new";
    if (!current) std::ofstream(renewed) << page.substr(0, begin) << wanted << page.substr(end);
    INFO("copy " << renewed << ", which stands in the folder of this run, over " << file);
    CHECK(current);
}
