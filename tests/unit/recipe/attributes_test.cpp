// Attributes: what they may replace, and lists and tables that a tag gives.
#include "recipe/loader.h"
#include "recipe/one_recipe.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace dray::recipe;
using dray::Value;
using dray::test::group;
using dray::test::load;

TEST_CASE(
    "a list of another kind of entries than the recipe's own is a mistake that says where that stands") {
    const std::string text = "[attributes]\nnames = [\"a\"]\n";
    const auto loaded = load(text, {parse_set("names=[1, 2]")});
    CHECK(loaded.says("an entry of it is an integer, but in the recipe's own each is a text"));
    CHECK(loaded.says("r/recipe.toml:4"));
    CHECK(load(text, {parse_set("names=[]")}).problems.empty());
}

TEST_CASE("--set gives a text where the recipe has one, whatever it looks like") {
    const auto loaded = load("[attributes]\nversion = \"latest\"\n" + group("{{attribute.version}}"),
                             {parse_set("version=26.10")});
    REQUIRE_MESSAGE(loaded.problems.empty(), loaded.all());
    CHECK(loaded.names() == "26.10");
}

TEST_CASE("a tag by itself gives a list or a table where one is wanted, tags in which are no tags") {
    const std::string attributes = "[attributes]\ngroups = [\"a\", \"{{b}}\"]\nenv = { A = \"1\" }\n";
    const auto loaded =
        load(attributes +
             "[[resource]]\ntype = \"user\"\nname = \"u\"\ngroups = \"{{attribute.groups}}\"\n"
             "[[resource]]\ntype = \"execute\"\nname = \"e\"\ncommand = \"{{ attribute.groups }}\"\n"
             "environment = \"{{attribute.env}}\"\n");
    REQUIRE_MESSAGE(loaded.problems.empty(), loaded.all());
    const std::vector<std::string> groups = {"a", "{{b}}"};
    CHECK(loaded.book.bound.at(0).properties.texts("groups") == groups);
    CHECK(loaded.book.bound.at(1).properties.texts("command") == groups);
    CHECK(loaded.book.bound.at(1).properties.table("environment").at("A") == Value("1"));
    const auto refusal = [&](const std::string& value) {
        return load(attributes + "[[resource]]\ntype = \"user\"\nname = \"u\"\ngroups = \"" + value + "\"\n")
            .all();
    };
    CHECK(refusal("{{attribute.env}}").find("it is a table") != std::string::npos);
    CHECK(refusal("{{attribute.none}}").find("cannot find attribute.none") != std::string::npos);
    CHECK(refusal("x{{attribute.groups}}").find("it is a text") != std::string::npos);
}
