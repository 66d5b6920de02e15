// dray-recipe(5) describes each resource type in the words of its schema.
#include "reference/manual.h"

#include "error.h"
#include "resources/registry.h"

#include <doctest/doctest.h>

#include <string>

using dray::reference::manual_page;
using dray::resources::catalogue;

namespace {

const std::string page = "before\n.\\\" RESOURCE TYPES\nafter\n";

}  // namespace

TEST_CASE("a type has a section with its keys, what they look like, and an example") {
    const dray::recipe::Schema schema{
        .type = "thing",
        .summary = "A thing.",
        .source = "thing(5)",
        .name_doc = "its name",
        .keys = {{.name = "some-key", .doc = "A \"key\" of `this`.", .fallback = 3, .secret = true},
                 {.name = "state", .doc = "\\.", .required = true, .choices = {"on", "off"}}},
        .example = "[[resource]]\n"};
    CHECK(dray::reference::manual_section(schema) ==
          ".SS thing\nA thing.\n"
          ".TP\n\\fBname\\fP (\\fItext\\fP; required)\nIts name.\n"
          ".TP\n\\fBsome\\-key\\fP (\\fItext\\fP; may hold a secret; default 3)\nA \\(dqkey\\(dq of "
          "\\(gathis\\(ga.\n"
          ".TP\n\\fBstate\\fP (\\fIone of on, off\\fP; required)\n\\e.\n"
          ".PP\n.EX\n[[resource]]\n.EE\n.PP\nSource of the rules: thing(5).\n");
}

TEST_CASE("the page has all types in the place that is marked") {
    const auto made = manual_page(page, catalogue());
    CHECK(made.starts_with("before\n.SS apt_pin\n"));
    CHECK(made.ends_with(").\nafter\n"));
    for (const auto& type : catalogue().types())
        CHECK(made.find("\n.SS " + type + "\n") != std::string::npos);
}

TEST_CASE("a page without the mark, or with two, is refused") {
    CHECK_THROWS_AS(manual_page("before\nafter\n", catalogue()), dray::Error);
    CHECK_THROWS_AS(manual_page(page + page, catalogue()), dray::Error);
}

TEST_CASE("no line of a type's words is taken for a command of roff") {
    for (const auto& type : catalogue().types()) {
        CAPTURE(type);
        const auto& schema = *catalogue().find(type);
        auto lines = "\n" + schema.summary + "\n" + schema.example;
        for (const auto& key : schema.keys)
            lines += "\n" + key.doc;
        CHECK(lines.find("\n.") == std::string::npos);
        CHECK(lines.find("\n'") == std::string::npos);
    }
}
