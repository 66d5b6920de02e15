// Includes with attributes, and the versions that recipes ask for.
#include "recipe/loader.h"
#include "recipe/one_recipe.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace dray::recipe;
using dray::test::load_from;
using Folder = dray::test::RecipeFolder;

TEST_CASE("an include may pass attributes: above the included recipe's own, below all others") {
    const std::string user = "[[resource]]\ntype = \"user\"\nname = \"u\"\nuid = \"{{attribute.version}}\"\n";
    Folder folder;
    folder.recipe("pg", "[attributes]\nversion = 13\n" + user)
        .recipe("web", "", "includes = [{ recipe = \"pg\", attributes = { version = 15 } }]\n")
        .recipe("plain", "", "includes = [\"pg\"]\n")
        .recipe("long", "",
                "[[recipe.includes]]\nrecipe = \"pg\"\n[recipe.includes.attributes]\nversion = 16\n");
    const auto version = [&](std::vector<std::string> names, std::vector<Layer> layers = {}) {
        const auto loaded = load_from(folder, std::move(names), std::move(layers));
        REQUIRE_MESSAGE(loaded.problems.empty(), loaded.all());
        return loaded.book.bound.at(0).properties.integer("uid");
    };
    CHECK(version({"pg"}) == 13);
    CHECK(version({"web"}) == 15);
    CHECK(version({"long"}) == 16);
    CHECK(version({"pg", "plain", "web"}) == 15);
    CHECK(version({"web"}, {parse_set("version=17")}) == 17);

    const auto twice = load_from(folder, {"web", "long"});
    REQUIRE(twice.problems.size() == 1);
    CHECK(twice.says("long passes it other values of 'version' than web at"));
    CHECK(twice.says("web/recipe.toml:3"));
    CHECK(twice.says("long/recipe.toml:3"));

    folder.recipe("wrong", "", "includes = [{ recipe = \"pg\", attributes = { version = \"x\" } }]\n");
    CHECK(load_from(folder, {"wrong"}).says("wrong/recipe.toml:3"));
}

TEST_CASE("entries of includes that cannot be read are mistakes with the forms that can") {
    for (const auto* includes :
         {"3", "[3]", "[{ recipe = 3 }]", "[{ attributes = { a = 1 } }]",
          "[{ recipe = \"pg\", attributes = 3 }]", "[{ recipe = \"pg\", with = 3 }]",
          "[{ recipe = \"pg\", version = \"new\" }]", "[\"pg\", { recipe = \"pg\" }]"}) {
        Folder folder;
        folder.recipe("pg", "").recipe("r", "", std::string("includes = ") + includes + "\n");
        const auto loaded = load_from(folder, {"r"});
        CHECK_MESSAGE(loaded.problems.size() == 1, includes, loaded.all());
        CHECK_MESSAGE(loaded.says("r/recipe.toml:3"), includes, loaded.all());
    }
}

TEST_CASE("recipes have versions, and may ask for versions of dray and of each other") {
    const auto mistakes = [](const std::string& header) {
        Folder folder;
        folder.recipe("pg", "", "version = \"1.2.0\"\n").recipe("none", "").recipe("r", "", header);
        return load_from(folder, {"r"}).all();
    };
    const auto says = [&](const std::string& header, const std::string& text) {
        const auto all = mistakes(header);
        CHECK_MESSAGE(all.find(text) != std::string::npos, all);
        CHECK(all.find("r/recipe.toml:3\n") != std::string::npos);
    };
    CHECK(mistakes("requires_dray = \">= 0.1\"\nversion = \"26.11.3\"\n").empty());
    CHECK(mistakes("requires_dray = \">= 0.1, < 1\"\n").empty());
    CHECK(mistakes("includes = [{ recipe = \"pg\", version = \">= 1.2\" }]\n").empty());
    says("requires_dray = \">= 0.2\"\n", "it requires dray >= 0.2, and this is 0.1.0");
    says("requires_dray = \"new\"\n", "'new' is no requirement");
    says("version = \"one\"\n", "'one' is no version");
    says("version = 1\n", "it is an integer");
    says("includes = [{ recipe = \"pg\", version = \"> 2\" }]\n",
         "r requires its version > 2, and it is 1.2.0");
    says("includes = [{ recipe = \"none\", version = \"> 2\" }]\n", "it states none");
}

TEST_CASE("of a recipe that requires another dray nothing else is judged") {
    Folder folder;
    folder.recipe("r", "[[resource]]\ntype = \"hologram\"\nname = \"x\"\n", "requires_dray = \">= 9\"\n");
    CHECK(load_from(folder, {"r"}).problems.size() == 1);
}
