// Who comes from Chef, Puppet or Ansible is told what a recipe calls it, and who slips is told as well.
#include "recipe/loading.h"
#include "recipe/other_words.h"
#include "recipe/unused_attributes.h"

#include <doctest/doctest.h>

using namespace dray::recipe;
using dray::test::load_from;
using Folder = dray::test::RecipeFolder;

namespace {

/// The attributes that --set gives and nobody asks for, as "name (near)".
std::string unused(const Folder& folder, const std::vector<std::string>& set) {
    std::vector<Layer> layers;
    for (const auto& argument : set)
        layers.push_back(parse_set(argument));
    const auto loaded = load_from(folder, {"web"}, layers);
    REQUIRE_MESSAGE(loaded.problems.empty(), loaded.all());
    std::string text;
    for (const auto& each : unused_attributes(loaded.book, loaded.book.layers.size() - layers.size())) {
        CHECK(each.typed);
        CHECK(each.where.text() == "--set " + each.name);
        text += (text.empty() ? "" : " ") + each.name + " (" + each.near + ")";
    }
    return text;
}

std::string file(const std::string& content) {
    return "[[resource]]\ntype = \"file\"\nname = \"/etc/x\"\ncontent = \"" + content + "\"\n";
}

}  // namespace

TEST_CASE("the words of other tools lead to those of a recipe") {
    Folder folder;
    folder.recipe("web",
                  "[[resource]]\ntype = \"symlink\"\nname = \"/etc/y\"\ndest = \"/etc/x\"\n"
                  "[[resource]]\ntype = \"template\"\nname = \"/etc/x\"\nsrc = \"t\"\nnotify = \"r\"\n");
    const auto loaded = load_from(folder, {"web"});
    CHECK_MESSAGE(loaded.says("it is a 'link' here"), loaded.all());
    CHECK_MESSAGE(loaded.says("write source"), loaded.all());
    CHECK_MESSAGE(loaded.says("restart_when_changed or reload_when_changed of a service"), loaded.all());
    CHECK(hint_for_key("ownr", {"owner"}) == "did you mean 'owner'?");
    CHECK(hint_for_type("fil", {"file"}) == "did you mean 'file'?");
}

TEST_CASE("no word of another tool is one of dray's own") {
    for (const auto& type : dray::resources::catalogue().types()) {
        CAPTURE(type);
        CHECK(hint_for_type(type, {}).empty());
    }
}

TEST_CASE("an attribute that nobody asks for is told, with the one that may have been meant") {
    Folder folder;
    folder.recipe(
        "web", file("{{attribute.port}} {{attribute.free}} {{#attribute.sites}}{{name}}{{/attribute.sites}}"),
        "[attributes]\nport = 80\n[attributes.db]\nurl = \"u\"\n");
    const std::vector<std::string> needed = {"free=1", "sites=[]"};
    const auto with = [&needed](std::vector<std::string> set) {
        set.insert(set.end(), needed.begin(), needed.end());
        return set;
    };
    CHECK(unused(folder, with({"port=81", "db.url=x"})) == "");
    CHECK(unused(folder, with({"prt=81"})) == "prt (port)");
    CHECK(unused(folder, with({"db.ulr=x"})) == "db.ulr (db.url)");
    CHECK(unused(folder, with({"workers=4"})) == "workers ()");
}

TEST_CASE("beside a resource that is left out only slips are told") {
    Folder folder;
    folder.recipe("web",
                  file("{{attribute.port}}") +
                      "[[resource]]\ntype = \"template\"\nname = \"/etc/y\"\nsource = \"t\"\n"
                      "only_on = { \"fact.os.codename\" = \"sid\" }\n",
                  "[attributes]\nport = 80\n");
    CHECK(unused(folder, {"workers=4"}) == "");
    CHECK(unused(folder, {"prot=4"}) == "prot (port)");
}

TEST_CASE("what is required has to stand above") {
    Folder folder;
    folder.recipe("web",
                  "[[resource]]\ntype = \"group\"\nname = \"a\"\nrequires = \"group[b]\"\n"
                  "[[resource]]\ntype = \"group\"\nname = \"b\"\nrequires = \"group[c]\"\n");
    const auto loaded = load_from(folder, {"web"});
    CHECK_MESSAGE(loaded.says("'requires' of group[a] names group[b]: that has its turn only afterwards"),
                  loaded.all());
    CHECK_MESSAGE(loaded.says("unknown reference 'group[c]' in 'requires' of group[b]"), loaded.all());
}
