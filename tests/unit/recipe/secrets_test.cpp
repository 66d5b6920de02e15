// A recipe says where secrets are kept, and they stand only where nothing of them is shown.
#include "converge/engine.h"
#include "recipe/host_settings.h"
#include "recipe/loading.h"
#include "recipe/origins.h"
#include "report/values.h"

#include <doctest/doctest.h>

using namespace dray::recipe;
using dray::Value;
using dray::test::load_from;
using Folder = dray::test::RecipeFolder;

namespace {

const std::string password = "[attributes]\npassword = { secret = \"file:/etc/dray/secrets/db\" }\n";  // 3, 4

dray::test::Loaded load_secret(const std::string& text, std::vector<Layer> layers = {}) {
    Folder folder;
    folder.recipe("r", text).write("r/secret.mustache", "p={{attribute.password}}\n");
    auto loaded = load_from(folder, {"r"}, std::move(layers));
    Problems problems;
    dray::converge::check(loaded.book, problems);
    for (const auto& error : problems.all())
        loaded.problems.push_back(error.text());
    return loaded;
}

std::string resource(const std::string& type, const std::string& name, const std::string& keys) {
    return "[[resource]]\ntype = \"" + type + "\"\nname = \"" + name + "\"\n" + keys;
}

}  // namespace

TEST_CASE("where a secret may stand, its value stays unknown while a recipe is checked, and is marked") {
    const auto loaded = load_secret(
        password + resource("file", "/a", "content = \"p={{attribute.password}}\"\nmode = \"0640\"\n") +
        resource("file", "/b", "content = { secret = \"credential:db\" }\nmode = \"0640\"\n") +
        resource("template", "/c", "source = \"secret.mustache\"\nmode = \"0600\"\n") +
        resource("execute", "d",
                 "command = [\"x\"]\nenvironment = { P = \"{{attribute.password}}\", Q = \"q\" }\n") +
        resource("execute", "e",
                 "command = [\"x\"]\nenvironment = { P = { secret = \"command:pass db\" } }\n") +
        resource("file", "/f", "content = \"plain\"\n"));
    REQUIRE_MESSAGE(loaded.problems.empty(), loaded.all());
    const auto& bound = loaded.book.bound;
    CHECK(bound.at(0).properties.text("content") == "p=(secret)");
    for (const auto& [i, key] : std::vector<std::pair<std::size_t, std::string>>{
             {0, "content"}, {1, "content"}, {2, "source"}, {3, "environment"}, {4, "environment"}}) {
        const auto& name = key;  // clang 14 does not capture structured bindings
        INFO(name);
        CHECK(bound.at(i).properties.secret(key));
        CHECK(bound.at(i).secrets);
    }
    CHECK(!bound.at(0).properties.secret("mode"));
    CHECK(!bound.at(5).properties.secret("content"));
    CHECK(!bound.at(5).secrets);
}

TEST_CASE("a secret anywhere else is a mistake with the line, and with what may hold one") {
    const auto says = [](const std::string& text, int line, const std::string& words) {
        const auto loaded = load_secret(password + text);
        REQUIRE_MESSAGE(loaded.problems.size() == 1, loaded.all());
        CHECK_MESSAGE(loaded.says(words), loaded.all());
        CHECK_MESSAGE(loaded.says("r/recipe.toml:" + std::to_string(line) + "\n"), loaded.all());
    };
    const std::string tag = "\"{{attribute.password}}\"";
    says(resource("execute", "e", "command = [\"x\", " + tag + "]\n"), 8,
         "a secret cannot stand in 'command' of execute[e]: {{attribute.password}} would be seen by all "
         "users in the "
         "list of processes");
    says(resource("execute", "e", "command = [\"x\", " + tag + "]\n"), 8,
         "of execute, these may hold one: input, environment");
    says(resource("execute", "e", "command = [\"x\"]\nuser = " + tag + "\n"), 9, "in reports and logs");
    says(resource("group", "{{attribute.password}}", ""), 7, "cannot stand in 'name'");
    says(resource("file", "/etc/{{attribute.password}}", "content = \"x\"\n"), 7, "cannot stand in 'name'");
    says(resource("http_check", "http://{{attribute.password}}@h/", ""), 7, "cannot stand in 'name'");
    says(resource("http_check", "http://h/", "json = { a = " + tag + " }\n"), 8, "cannot stand in 'json'");
    says(resource("file", "/x", "content = \"x\"\nmode = " + tag + "\n"), 9, "cannot stand in 'mode'");
    says(resource("file", "/x", "content = \"x\"\nonly_if = [\"test\", " + tag + "]\n"), 9,
         "cannot stand in 'only_if'");
    says(resource("file", "/x", "source = \"{{attribute.password}}\"\n"), 8,
         "cannot use {{attribute.password}} here");
    says(resource("file", "/x", "content = \"x\"\nmode = { secret = \"file:/x\" }\n"), 9,
         "cannot stand in 'mode'");
    says(resource("unit", "a.service", "source = \"secret.mustache\"\n"), 8,
         "cannot stand in 'source' of unit[a.service]");
    says(resource("unit", "a.service", "content = " + tag + "\n"), 8, "name that file");
    says(resource("group", "g", "only_on = { \"attribute.password\" = \"x\" }\n"), 8, "it is a secret");
    says(resource("group", "{{item}}", "for_each = \"attribute.password\"\n"), 8,
         "attribute.password is a secret");
}

TEST_CASE("only_on may ask whether there is a secret, and not what it is") {
    const auto loaded =
        load_secret(password + "[attributes.none]\ntext = \"\"\n" +
                    resource("group", "a", "only_on = { \"attribute.password\" = \"!=\" }\n") +
                    resource("group", "b", "only_on = { \"attribute.password\" = \"\" }\n") +
                    resource("group", "c", "only_on = { \"attribute.none.text\" = \"!=\" }\n") +
                    resource("group", "d", "only_on = { \"attribute.none.text\" = \"\" }\n"));
    REQUIRE_MESSAGE(loaded.problems.empty(), loaded.all());
    REQUIRE(loaded.book.declarations.size() == 2);
    CHECK(loaded.book.bound.at(0).properties.name() == "a");
    CHECK(loaded.book.bound.at(1).properties.name() == "d");
    CHECK(loaded.book.left_out.at(0).reason == "attribute.password is a secret");
    const auto refused =
        load_secret(password + resource("group", "a", "only_on = { \"attribute.password\" = \"!= x\" }\n"));
    CHECK_MESSAGE(refused.says("ask by \"!=\" whether there is one"), refused.all());
}

TEST_CASE("a file that all users could read cannot get a secret") {
    const auto loaded =
        load_secret(password + resource("file", "/a", "content = \"{{attribute.password}}\"\n") +
                    resource("template", "/b", "source = \"secret.mustache\"\nmode = \"0604\"\n"));
    CHECK_MESSAGE(loaded.problems.size() == 2, loaded.all());
    CHECK(loaded.says(
        "cannot write the secret in 'content' of file[/a]: all users could read the file: its mode is 0644"));
    CHECK(loaded.says("its mode is 0604"));
}

TEST_CASE("a secret takes the place of a text, and a text that of a secret") {
    const std::string text =
        "[attributes]\npassword = \"none\"\n" +
        resource("file", "/a", "content = \"{{attribute.password}}\"\nmode = \"0600\"\n");
    const auto loaded = load_secret(text, {parse_set("password={ secret = \"file:/x\" }")});
    REQUIRE_MESSAGE(loaded.problems.empty(), loaded.all());
    CHECK(loaded.book.bound.at(0).properties.secret("content"));
    const auto plain =
        load_secret(password + resource("file", "/a", "content = \"{{attribute.password}}\"\n"),
                    {parse_set("password=x")});
    REQUIRE_MESSAGE(plain.problems.empty(), plain.all());
    CHECK(!plain.book.bound.at(0).properties.secret("content"));
}

TEST_CASE("secrets in lists and tables of attributes mark what is made of them") {
    const auto loaded = load_secret(
        "[[attributes.users]]\nname = \"a\"\npassword = { secret = \"file:/a\" }\n"
        "[[attributes.users]]\nname = \"b\"\npassword = { secret = \"file:/b\" }\n" +
        resource("file", "/etc/{{item.name}}",
                 "for_each = \"attribute.users\"\ncontent = \"{{item.password}}\"\nmode = \"0600\"\n") +
        resource("file", "/etc/all",
                 "content = \"{{#attribute.users}}{{name}}:{{password}} {{/attribute.users}}\"\nmode = "
                 "\"0600\"\n") +
        resource("file", "/etc/names", "content = \"{{#attribute.users}}{{name}} {{/attribute.users}}\"\n"));
    REQUIRE_MESSAGE(loaded.problems.empty(), loaded.all());
    CHECK(loaded.book.bound.at(0).properties.secret("content"));
    CHECK(loaded.book.bound.at(2).properties.text("content") == "a:(secret) b:(secret) ");
    CHECK(loaded.book.bound.at(2).properties.secret("content"));
    CHECK(!loaded.book.bound.at(3).properties.secret("content"));
}

TEST_CASE("{ secret = … } that names no place is a mistake at its line, and is not repeated") {
    const auto loaded = load_secret("[attributes]\nport = 1\npassword = { secret = \"hunter2\" }\n" +
                                    resource("file", "/a", "content = { secret = 3 }\n"));
    CHECK_MESSAGE(loaded.problems.size() == 3, loaded.all());  // the content is a table now, and no text
    CHECK(loaded.says("a secret itself does not stand in a recipe"));
    CHECK(loaded.says("r/recipe.toml:5\n"));
    CHECK(loaded.says("r/recipe.toml:9\n"));
    CHECK(!loaded.says("hunter2"));
    CHECK_THROWS_AS(parse_set("password={ secret = \"hunter2\" }"), dray::Error);
    Folder folder;
    folder.write("host.toml", "recipes = [\"r\"]\n[attributes]\np = { secret = \"hunter2\" }\n")
        .write("attributes.d/a.toml", "\nq = { secret = \"file:/q\" }\n");
    Problems problems;
    const auto settings = host_settings(folder.path(), problems);
    REQUIRE(problems.size() == 1);
    CHECK(problems.all().at(0).text().find("host.toml:3") != std::string::npos);
    CHECK(settings.layers.at(0).values.at("q").secret() != nullptr);
}

TEST_CASE("a table with other keys beside secret is a table") {
    const auto loaded = load_secret("[attributes.app]\nsecret = \"plain\"\nname = \"n\"\n" +
                                    resource("file", "/a", "content = \"{{attribute.app.secret}}\"\n"));
    REQUIRE_MESSAGE(loaded.problems.empty(), loaded.all());
    CHECK(loaded.book.bound.at(0).properties.text("content") == "plain");
}

TEST_CASE("of an attribute that is a secret its place is told") {
    Problems problems;
    auto toml = std::make_shared<const dray::Toml>(dray::Toml::parse("p = { secret = \"file:/x\" }\n", "r"));
    const std::vector<Layer> layers = {read_layer(*toml->root().table(), toml, "", problems),
                                       parse_set("p=q")};
    const auto traced = origins(layers, 1, merge(layers, problems));
    REQUIRE(problems.empty());
    CHECK(dray::report::attributes_text(traced) ==
          "p = \"q\"  # --set p, over (secret from file:/x) (r:1)\n");
    CHECK(dray::report::attributes_json(traced).find("\"secret\": \"file:/x\"") != std::string::npos);
}
