// Recipes are read with their includes and attributes, and all their mistakes are found in one go.
#include "recipe/loader.h"

#include "recipe/host_settings.h"
#include "recipe/loading.h"

#include <doctest/doctest.h>

using namespace dray::recipe;
using dray::Value;
using dray::test::load_as;
using dray::test::load_from;
using Folder = dray::test::RecipeFolder;

namespace {

const std::string file_resource = "[[resource]]\ntype = \"file\"\nname = \"/etc/x\"\ncontent = \"x\"\n";

std::string group_named(const std::string& name) {
    return "[[resource]]\ntype = \"group\"\nname = \"" + name + "\"\n";
}

}  // namespace

TEST_CASE("resources keep their order, those of included recipes first, each recipe once") {
    Folder folder;
    folder.recipe("base", group_named("b"))
        .recipe("web", group_named("w1") + group_named("w2"), "includes = [\"base\"]\n")
        .recipe("all", group_named("a"), "includes = [\"web\", \"base\"]\n");
    const auto loaded = load_from(folder, {"all", "base"});
    CHECK(loaded.problems.empty());
    CHECK(loaded.names() == "b w1 w2 a");
}

TEST_CASE("a circle of includes is named in full") {
    Folder folder;
    folder.recipe("a", "", "includes = [\"b\"]\n").recipe("b", "", "includes = [\"a\"]\n");
    CHECK(load_from(folder, {"a"}).says("a → b → a"));
}

TEST_CASE("every mistake of a recipe is said in one go, with file and line") {
    Folder folder;
    folder.recipe("bad",
                  "[[resource]]\n"                         // 3
                  "type = \"fil\"\n"                       // 4
                  "name = \"/a\"\n"                        //
                  "[[resource]]\n"                         // 6
                  "type = \"file\"\n"                      //
                  "name = \"etc/x\"\n"                     // 8
                  "contents = \"\"\n"                      // 9
                  "mode = 644\n"                           // 10
                  "content = \"{{attribute.prot}}\"\n"     // 11
                  "[[resource]]\n"                         // 12
                  "type = \"service\"\n"                   //
                  "name = \"x.service\"\n"                 //
                  "restart_when_changed = \"file[/y]\"\n"  // 15
                  "[[resource]]\n"                         // 16
                  "type = \"http_check\"\n"                //
                  "name = \"http://x\"\n"                  //
                  "within = \"20\"\n"                      // 19
                  "[[resource]]\n"                         // 20
                  "type = \"group\"\n");
    const auto loaded = load_from(folder, {"bad"});
    for (const auto* line : {":4\n", ":8\n", ":9\n", ":10\n", ":11\n", ":15\n", ":19\n", ":20\n"})
        CHECK_MESSAGE(loaded.says(std::string("bad/recipe.toml") + line), line);
    CHECK(loaded.says("did you mean 'file'?"));
    CHECK(loaded.says("did you mean 'content'?"));
    CHECK(loaded.problems.size() == 8);
}

TEST_CASE("two resources of one name, and a reference to oneself, are mistakes") {
    Folder folder;
    folder.recipe("r", file_resource + file_resource +
                           "[[resource]]\ntype = \"service\"\nname = \"x.service\"\nreload_when_changed = "
                           "\"service[x.service]\"\n");
    const auto loaded = load_from(folder, {"r"});
    CHECK(loaded.says("file[/etc/x] is declared twice"));
    CHECK(loaded.says("names the resource itself"));
}

TEST_CASE("an unknown recipe is refused with the nearest name, a name that leaves the folder at once") {
    Folder folder;
    folder.recipe("warehouse", file_resource);
    CHECK(load_from(folder, {"warehose"}).says("did you mean 'warehouse'?"));
    CHECK(load_from(folder, {"../warehouse"}).says("that is no recipe name"));
}

TEST_CASE("files come from the recipe's folder and from nowhere above it") {
    Folder folder;
    folder.recipe("r", "[[resource]]\ntype = \"file\"\nname = \"/etc/x\"\nsource = \"files/x\"\n")
        .write("r/files/x", "bytes {{");
    const auto loaded = load_from(folder, {"r"});
    REQUIRE(loaded.problems.empty());
    CHECK(loaded.book.bound.at(0).properties.file("source").content == "bytes {{");
    folder.recipe("r", "[[resource]]\ntype = \"file\"\nname = \"/etc/x\"\nsource = \"../../x\"\n");
    CHECK(load_from(folder, {"r"}).says("leads out of the recipe's folder"));
    folder.recipe("r", "[[resource]]\ntype = \"file\"\nname = \"/etc/x\"\nsource = \"none\"\n");
    CHECK(load_from(folder, {"r"}).says("No such file"));
}

TEST_CASE("attributes win in the order of their layers, and numbers and truths may come from them") {
    Folder folder;
    folder.recipe(
        "r",
        "[attributes]\nport = 1\nname = \"a\"\non = false\n[attributes.db]\nurl = \"u\"\nhost = \"h\"\n"
        "[[resource]]\ntype = \"user\"\nname = \"{{attribute.name}}\"\nuid = \"{{attribute.port}}\"\nsystem "
        "= \"{{attribute.on}}\"\ncomment = \"{{attribute.db.url}} {{attribute.db.host}}\"\n");
    const auto loaded =
        load_from(folder, {"r"},
                  {parse_set("port=2"), parse_set("port=3"), parse_set("db.url=v"), parse_set("on=true")});
    REQUIRE(loaded.problems.empty());
    const auto& user = loaded.book.bound.at(0).properties;
    CHECK(user.integer("uid") == 3);
    CHECK(user.truth("system"));
    CHECK(user.text("comment") == "v h");
}

TEST_CASE("an attribute of another kind than the recipe's own is a mistake") {
    Folder folder;
    folder.recipe("r", "[attributes]\nport = 1\n" + file_resource);
    CHECK(load_from(folder, {"r"}, {parse_set("port=abc")})
              .says("it is a text, but the recipe's own is an integer"));
    CHECK(load_from(folder, {"r"}, {parse_set("port.x=1")})
              .says("it is a table, but the recipe's own is an integer"));
}

TEST_CASE("what --set gives is not repeated in messages, as it may be a secret") {
    Folder folder;
    folder.recipe("r", "[attributes]\nport = 1\n" + file_resource);
    const auto loaded = load_from(folder, {"r"}, {parse_set("port=hunter2")});
    CHECK(loaded.says("--set port"));
    CHECK(!loaded.says("hunter2"));
}

TEST_CASE("a mistake in a text of many lines has the line of its key") {
    Folder folder;
    folder.recipe("r", "[[resource]]\ntype = \"file\"\nname = \"/x\"\ncontent = \"a\\nb\\n{{none}}\"\n");
    CHECK(load_from(folder, {"r"}).says("r/recipe.toml:6\n"));
}

TEST_CASE("a path is written in one way only") {
    for (const auto* path : {"/etc//x", "//etc/x", "/etc/./x", "/etc/../x", "/etc/x/", "etc/x", ""}) {
        Folder folder;
        folder.recipe("r", std::string("[[resource]]\ntype = \"directory\"\nname = \"") + path + "\"\n");
        CHECK_MESSAGE(load_from(folder, {"r"}).problems.size() == 1, path);
    }
}

TEST_CASE("a NUL character is refused wherever a text may stand") {
    const std::string begin = "[[resource]]\ntype = \"execute\"\nname = \"e\"\n";
    for (const auto* keys :
         {"command = [\"a\", \"b\\u0000c\"]\n", "command = [\"a\"]\nuser = \"b\\u0000c\"\n",
          "command = [\"a\"]\nenvironment = { A = \"b\\u0000c\" }\n",
          "command = [\"a\"]\nenvironment = { \"A=B\" = \"c\" }\n"}) {
        Folder folder;
        folder.recipe("r", begin + keys);
        const auto loaded = load_from(folder, {"r"});
        REQUIRE_MESSAGE(loaded.problems.size() == 1, keys);
        CHECK(loaded.problems.at(0).find("r/recipe.toml:") != std::string::npos);
    }
}

TEST_CASE("resources without a name are not said to be declared twice as well") {
    Folder folder;
    folder.recipe("r", "[[resource]]\ntype = \"group\"\n[[resource]]\ntype = \"group\"\n");
    CHECK(load_from(folder, {"r"}).problems.size() == 2);
}

TEST_CASE("references that go round in a circle are named in full") {
    Folder folder;
    const auto service = [](const std::string& name, const std::string& source) {
        return "[[resource]]\ntype = \"service\"\nname = \"" + name +
               "\"\nrestart_when_changed = \"service[" + source + "]\"\n";
    };
    folder.recipe("r", service("a.service", "b.service") + service("b.service", "c.service") +
                           service("c.service", "b.service"));
    const auto loaded = load_from(folder, {"r"});
    CHECK(loaded.problems.size() == 1);
    CHECK(loaded.says("service[b.service] → service[c.service] → service[b.service]"));
}

TEST_CASE("hundreds of resources that all refer to each other's first are read in a moment") {
    Folder folder;
    std::string text = group_named("g0");
    for (int i = 1; i < 400; ++i)
        text += "[[resource]]\ntype = \"execute\"\nname = \"e" + std::to_string(i) +
                "\"\ncommand = [\"x\"]\nwhen_changed = [\"group[g0]\", \"group[unknown" + std::to_string(i) +
                "]\"]\n";
    const auto loaded = load_from(folder.recipe("r", text), {"r"});
    CHECK(loaded.problems.size() == 399);
}

TEST_CASE("--set takes TOML values, and plain texts without quotes") {
    const auto value = [](const std::string& argument, const std::string& key) {
        return *Value(parse_set(argument).values).find(key);
    };
    CHECK(value("port=9001", "port") == Value(9001));
    CHECK(value("on=true", "on") == Value(true));
    CHECK(value("v=26.11.3", "v") == Value("26.11.3"));
    CHECK(value("u=pg://a?b=c", "u") == Value("pg://a?b=c"));
    CHECK(value("q=\"12\"", "q") == Value("12"));
    CHECK(value("e=", "e") == Value(""));
    CHECK(value("s=say \"hi\" \\", "s") == Value("say \"hi\" \\"));
    CHECK(value("a.b.c=1", "a.b.c") == Value(1));
    CHECK(value("l=[\"a\", \"b\"]", "l") == Value(Value::List{"a", "b"}));
    CHECK(value("n=1\nm=2", "n") == Value("1\nm=2"));
    CHECK(value("n=\"a\"\nb = 2", "n") == Value("\"a\"\nb = 2"));
    CHECK(value("t=two\nlines\tand \\u0041", "t") == Value("two\nlines\tand \\u0041"));
    for (const auto* key : {"\"a\"=1", "a =1", "#a=1", "[a]=1", "a..b=1", ".=1", "a\n=1", "a.=1"})
        CHECK_THROWS_AS_MESSAGE(parse_set(key), dray::Error, key);
    CHECK_THROWS_AS(parse_set("novalue"), dray::Error);
    CHECK_THROWS_AS(parse_set("=x"), dray::Error);
    CHECK_THROWS_WITH_AS(parse_set("name=caf\xE9"), "cannot read --set name: a byte that is not UTF-8",
                         dray::Error);
    CHECK_THROWS_AS(parse_set("name=bell\a"), dray::Error);
}

TEST_CASE("the host's settings name its recipes, and attributes.d stands below host.toml") {
    Folder folder;
    folder.write("host.toml", "recipes = [\"warehouse\"]\n[attributes]\nport = 2\n")
        .write("attributes.d/20-b.toml", "port = 1\nname = \"b\"\n")
        .write("attributes.d/10-a.toml", "name = \"a\"\n")
        .write("attributes.d/ignored.txt", "broken [");
    Problems problems;
    const auto settings = host_settings(folder.path(), problems);
    CHECK(problems.empty());
    CHECK(settings.recipes == std::vector<std::string>{"warehouse"});
    const auto merged = merge(settings.layers, problems);
    CHECK(merged.find("port")->show() == "2");
    CHECK(merged.find("name")->show() == "b");
}

TEST_CASE("host.toml says how long locks are waited for") {
    Folder folder;
    Problems problems;
    CHECK_FALSE(host_settings(folder.path(), problems).lock_wait);
    folder.write("host.toml", "lock_wait = \"1h30m\"\n");
    CHECK(host_settings(folder.path(), problems).lock_wait == std::chrono::minutes(90));
    CHECK(problems.empty());
    for (const char* text : {"lock_wait = \"long\"\n", "lock_wait = 10\n"}) {
        Problems found;
        folder.write("host.toml", text);
        host_settings(folder.path(), found);
        REQUIRE(found.size() == 1);
        CHECK(found.all().at(0).text().find("write lock_wait = \"10m\"") != std::string::npos);
    }
}

TEST_CASE("host.toml's attributes have to be a table, and attributes.d a folder") {
    Folder folder;
    folder.write("host.toml", "attributes = 3\n").write("attributes.d", "");
    Problems problems;
    host_settings(folder.path(), problems);
    REQUIRE(problems.size() == 2);
    CHECK(problems.all().at(0).text().find("Not a directory") != std::string::npos);
    CHECK(problems.all().at(1).text().find("it is an integer\n  at " +
                                           (folder.path() / "host.toml:1").string()) != std::string::npos);
}

TEST_CASE("mistakes in the host's settings are said with file and line") {
    Folder folder;
    folder.write("host.toml", "recipe = [\"warehouse\"]\n");
    Problems problems;
    host_settings(folder.path(), problems);
    REQUIRE(problems.size() == 1);
    CHECK(problems.all().at(0).text().find("host.toml:1\n  hint: did you mean 'recipes'?") !=
          std::string::npos);
}

TEST_CASE(
    "elsewhere than on the host, a file of the host that is missing is a note, and one of the recipe a "
    "mistake") {
    const std::string source =
        "[[resource]]\ntype = \"apt_source\"\nname = \"x\"\nuri = \"http://x/\"\nsuites = "
        "[\"stable\"]\nsigned_by = ";
    Folder folder;
    folder.recipe("host", source + "\"/nowhere/key.asc\"\n").recipe("own", source + "\"files/key.asc\"\n");
    CHECK(load_from(folder, {"host"}).says("cannot read /nowhere/key.asc"));
    const auto loaded = load_as(folder, {.names = {"host"}, .elsewhere = true});
    CHECK(loaded.problems.empty());
    REQUIRE(loaded.notes.size() == 1);
    CHECK(loaded.notes.front().find("cannot read /nowhere/key.asc") != std::string::npos);
    CHECK(!loaded.book.bound.front().sound);
    CHECK(load_as(folder, {.names = {"own"}, .elsewhere = true}).says("files/key.asc"));
}
