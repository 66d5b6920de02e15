// `dray resources`: every type and every key is explained, and fits a terminal.
#include "reference/help.h"

#include "recipe/guard.h"
#include "reference/wrap.h"
#include "resources/registry.h"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <regex>
#include <sstream>

using dray::recipe::Group;
using dray::reference::terminal_width;
using dray::resources::catalogue;

namespace {

bool has(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

/// The lines that an 80-column terminal would break, examples of TOML aside.
std::string too_wide(const std::string& text) {
    std::istringstream stream(text);
    std::string found;
    for (std::string line; std::getline(stream, line);) {
        if (line == "Example") break;
        if (dray::reference::columns(line) > terminal_width) found += line + "\n";
    }
    return found;
}

}  // namespace

TEST_CASE("every type stands under a heading that says what it is about") {
    for (const auto& type : catalogue().types()) {
        CAPTURE(type);
        CHECK(catalogue().find(type)->group != Group::other);
    }
}

TEST_CASE("the list has every type with its summary") {
    const auto text = dray::reference::types_text(catalogue());
    CHECK(has(text, "\nFiles\n"));
    CHECK(std::regex_search(text, std::regex("\n  file +A file with a fixed content\\.\n")));
    for (const auto& type : catalogue().types())
        CHECK(has(text, "\n  " + type + " "));
    CHECK(too_wide(text) == "");
    CHECK(!has(text, "\033"));
}

TEST_CASE("a type is explained with its keys, an example, and where the common keys stand") {
    for (const auto& type : catalogue().types()) {
        CAPTURE(type);
        const auto& schema = *catalogue().find(type);
        const auto text = dray::reference::type_text(schema);
        for (const auto& key : schema.keys)
            CHECK(has(text, "\n  " + key.name + "  "));
        CHECK(has(text, "\n  name  "));
        CHECK(has(text, "only_if"));
        CHECK(has(text, "dray resources common"));
        CHECK(has(text, "\n  type = \"" + type + "\"\n"));
        CHECK(too_wide(text) == "");
    }
}

TEST_CASE("what all types have is explained in a place of its own") {
    const auto text = dray::reference::common_text();
    for (const auto* name : {"for_each", "only_on", "only_if", "not_if", "on_failure", "at_once"})
        CHECK(has(text, "\n  " + std::string(name) + "  "));
    for (const auto& form : dray::recipe::guard_forms())
        CHECK(has(text, "\n  " + std::string(form.example) + "\n"));
    CHECK(too_wide(text) == "");
    const auto json = nlohmann::json::parse(dray::reference::common_json_text());
    CHECK(json["common_keys"].size() == 7);
    CHECK(json["guards"].size() == 5);
}

TEST_CASE("a key says what its value looks like, and what holds without it") {
    const auto text = dray::reference::type_text(*catalogue().find("package"));
    CHECK(has(text, "\n  name  a text; required\n"));
    CHECK(has(text, "\n  packages  a list of texts\n"));
    CHECK(has(text, "\n  version  a text; default \"latest\"\n"));
    CHECK(has(text,
              "\n  state  \"installed\", \"absent\" or \"purged\"; default \"installed\"\n      \"absent\" "
              "removes it"));
    CHECK(has(dray::reference::type_text(*catalogue().find("file")),
              "\n  content  a text; may hold a secret\n"));
}

TEST_CASE("headings and keys are bold on a terminal") {
    CHECK(has(dray::reference::types_text(catalogue(), {.bold = true}), "\n\033[1mFiles\033[0m\n"));
    CHECK(has(dray::reference::type_text(*catalogue().find("file"), {.bold = true}),
              "\n  \033[1mmode\033[0m  a mode"));
}

TEST_CASE("the same as JSON") {
    const auto list = nlohmann::json::parse(dray::reference::types_json(catalogue()))["types"];
    CHECK(list.size() == catalogue().types().size());
    CHECK(list[0]["group"] == "Packages");
    const auto type = nlohmann::json::parse(dray::reference::type_json(*catalogue().find("file")));
    CHECK(type["name"]["kind"] == "path");
    CHECK(type["common_keys"].size() == 7);
    CHECK(type["guards"].size() == 5);
    const auto mode = std::find_if(type["keys"].begin(), type["keys"].end(),
                                   [](const auto& key) { return key["name"] == "mode"; });
    REQUIRE(mode != type["keys"].end());
    CHECK((*mode)["default"] == "0644");
    CHECK((*mode)["required"] == false);
}
