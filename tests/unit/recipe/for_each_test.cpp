// for_each: resources of each item of a list, and references to them.
#include "recipe/loader.h"
#include "recipe/one_recipe.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace dray::recipe;
using dray::test::group;
using dray::test::load;
using dray::test::load_from;
using dray::test::sites;
using dray::test::sources;
using Folder = dray::test::RecipeFolder;

TEST_CASE("for_each makes a resource of each item of a list attribute, in order and in its place") {
    const auto loaded = load(sites + group("first") +
                             "[[resource]]\ntype = \"file\"\nname = \"/etc/sites/{{item.name}}\"\n"
                             "for_each = \"attribute.sites\"\ncontent = \"listen {{item.port}};\"\n" +
                             group("last"));
    REQUIRE_MESSAGE(loaded.problems.empty(), loaded.all());
    CHECK(loaded.names() == "first /etc/sites/a /etc/sites/b last");
    CHECK(loaded.book.bound.at(2).properties.text("content") == "listen 81;");
}

TEST_CASE("for_each takes a list that stands in place, a fact, and the name in braces") {
    const std::string list = "[attributes]\nnames = [\"a\", \"b\"]\n";
    for (const auto* each : {"[\"a\", \"b\"]", "\"attribute.names\"", "\"{{attribute.names}}\""})
        CHECK_MESSAGE(
            load(list + group("{{item}}", std::string("for_each = ") + each + "\n")).names() == "a b", each);
    CHECK(load(group("x-{{item}}", "for_each = []\n")).names().empty());
}

TEST_CASE("templates and files by name see the item") {
    Folder folder;
    folder
        .recipe("r", sites +
                         "[[resource]]\ntype = \"template\"\nname = \"/etc/{{item.name}}\"\n"
                         "for_each = \"attribute.sites\"\nsource = \"templates/{{item.name}}.mustache\"\n")
        .write("r/templates/a.mustache", "{{#item.tls}}tls {{/item.tls}}{{item.port}}")
        .write("r/templates/b.mustache", "{{^item.tls}}plain {{/item.tls}}{{item.port}}");
    const auto loaded = load_from(folder, {"r"});
    REQUIRE_MESSAGE(loaded.problems.empty(), loaded.all());
    CHECK(loaded.book.bound.at(0).properties.file("source").content == "tls 80");
    CHECK(loaded.book.bound.at(1).properties.file("source").content == "plain 81");
}

TEST_CASE("a name that is the same for two items is one mistake, at the name") {
    const auto same = load(sites + group("g", "for_each = \"attribute.sites\"\n"));
    REQUIRE(same.problems.size() == 1);
    CHECK(same.says("its name has to differ from item to item"));
    CHECK(same.says("r/recipe.toml:13\n"));
    CHECK(load(group("{{item}}", "for_each = [\"a\", \"a\"]\n")).says("the item that is in the list twice"));
}

TEST_CASE("a mistake in a resource with for_each is said once, one in an item for each such item") {
    const auto shared =
        load(sites + group("{{item.name}}", "for_each = \"attribute.sites\"\nsystem = 3\nx = 1\n"));
    CHECK_MESSAGE(shared.problems.size() == 2, shared.all());
    const auto own = load(
        "[[resource]]\ntype = \"file\"\nname = \"/etc/{{item}}\"\nfor_each = [\"a\", \"b//c\", "
        "\"d/..\"]\ncontent = \"\"\n");
    REQUIRE_MESSAGE(own.problems.size() == 2, own.all());
    CHECK(own.says("r/recipe.toml:5\n"));
    CHECK(own.says("'/etc/b//c'"));
    CHECK(own.says("'/etc/d/..'"));
}

TEST_CASE("what for_each names has to be there and to be a list") {
    const std::string text = "[attributes]\nport = 1\n[attributes.db]\nurl = \"u\"\n";
    CHECK(load(text + group("{{item}}", "for_each = \"attribute.prot\"\n"))
              .says("did you mean attribute.port?"));
    CHECK(load(text + group("{{item}}", "for_each = \"attribute.port\"\n"))
              .says("attribute.port is an integer"));
    CHECK(load(text + group("{{item}}", "for_each = \"attribute.db\"\n")).says("attribute.db is a table"));
    CHECK(load(text + group("{{item}}", "for_each = 3\n")).says("r/recipe.toml:10\n"));
    CHECK(load(text + group("{{item}}")).says("the resource has no for_each"));
    CHECK(load(group("{{item.x}}", "for_each = [\"a\"]\n")).says("cannot render {{item.x}}"));
}

TEST_CASE("a reference to a resource with for_each, as it is written, means all that it became") {
    const std::string files =
        "[[resource]]\ntype = \"file\"\nname = \"/etc/{{item}}\"\nfor_each = [\"a\", \"b\"]\ncontent = "
        "\"x\"\n";
    const auto service = [](const std::string& reference) {
        return "[[resource]]\ntype = \"service\"\nname = \"s.service\"\nreload_when_changed = [\"" +
               reference + "\"]\n";
    };
    const auto all = load(files + service("file[/etc/{{item}}]"));
    REQUIRE_MESSAGE(all.problems.empty(), all.all());
    CHECK(sources(all.book.bound.at(2)) == "file[/etc/a] file[/etc/b]");
    CHECK(sources(load(files + service("file[/etc/b]")).book.bound.at(2)) == "file[/etc/b]");
    CHECK(load(files + service("file[/etc/{{items}}]")).says("cannot render {{items}}"));
    const auto none =
        load("[[resource]]\ntype = \"file\"\nname = \"/etc/{{item}}\"\nfor_each = []\ncontent = \"x\"\n" +
             service("file[/etc/{{item}}]"));
    REQUIRE_MESSAGE(none.problems.empty(), none.all());
    CHECK(sources(none.book.bound.at(0)).empty());
}

TEST_CASE("between two resources with for_each a reference means the one of the same item") {
    const auto loaded = load(
        "[[resource]]\ntype = \"file\"\nname = \"/etc/{{item}}\"\nfor_each = [\"a\", \"b\"]\ncontent = "
        "\"x\"\n"
        "[[resource]]\ntype = \"service\"\nname = \"{{item}}.service\"\nfor_each = [\"a\", \"b\"]\n"
        "restart_when_changed = \"file[/etc/{{item}}]\"\n");
    REQUIRE_MESSAGE(loaded.problems.empty(), loaded.all());
    CHECK(sources(loaded.book.bound.at(2)) == "file[/etc/a]");
    CHECK(sources(loaded.book.bound.at(3)) == "file[/etc/b]");
}
