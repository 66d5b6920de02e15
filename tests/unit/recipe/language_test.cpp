// for_each, only_on, includes with attributes, versions: what a recipe says beyond plain resources.
#include "recipe/loader.h"
#include "recipe/loading.h"

#include <doctest/doctest.h>

using namespace dray::recipe;
using dray::Value;
using dray::test::load_from;
using Folder = dray::test::RecipeFolder;

namespace {

const std::string sites =
    "[[attributes.sites]]\n"  // 3
    "name = \"a\"\n"
    "port = 80\n"
    "tls = true\n"
    "[[attributes.sites]]\n"
    "name = \"b\"\n"
    "port = 81\n"
    "tls = false\n";

std::string group(const std::string& name, const std::string& more = "") {
    return "[[resource]]\ntype = \"group\"\nname = \"" + name + "\"\n" + more;
}

/// A folder with one recipe "r" of this text.
dray::test::Loaded load(const std::string& text, std::vector<Layer> layers = {}) {
    Folder folder;
    folder.recipe("r", text);
    return load_from(folder, {"r"}, std::move(layers));
}

/// Facts that count how often they are asked for.
class CountedFacts final : public FactSource {
  public:
    std::optional<Value> learn(const std::string& name) const override {
        ++asked[name];
        if (name == "gpu") return Value(Value::Table{{"model", "m1"}, {"ids", Value(Value::List{"a", "b"})}});
        if (name == "package")
            return Value(Value::Table{{"nginx", "1.22.1-9"},
                                      {"web", "26.11.3+deb12"},
                                      {"libssl1.1", "1:1.1.1~rc2"},
                                      {"plain", "2"}});
        if (name == "broken") throw dray::Error("cannot learn fact.broken", "exit status 1");
        if (name == "private") throw Unknown("cannot learn fact.private", "Permission denied");
        return std::nullopt;
    }
    std::vector<std::string> names() const override { return {"gpu", "broken", "private"}; }
    mutable std::map<std::string, int> asked;
};

/// A folder with one recipe "r" of this text, on a host with such facts.
dray::test::Loaded load_with_facts(const std::string& text,
                                   const std::shared_ptr<const CountedFacts>& facts) {
    Folder folder;
    folder.recipe("r", text);
    return load_from(folder, {"r"}, {}, facts);
}

std::string sources(const Bound& bound) {
    std::string text;
    for (const auto& subscription : bound.subscriptions)
        text += (text.empty() ? "" : " ") + subscription.source;
    return text;
}

}  // namespace

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

TEST_CASE("only_on leaves a resource out where a fact or an attribute is another") {
    const std::string attributes = "[attributes]\nbackup = true\nport = 9000\nname = \"n\"\n";
    const auto holds = [&](const std::string& conditions) {
        const auto loaded = load(attributes + group("g", "only_on = { " + conditions + " }\n"));
        REQUIRE_MESSAGE(loaded.problems.empty(), loaded.all());
        CHECK(loaded.book.left_out.size() == (loaded.names().empty() ? 1u : 0u));
        return loaded.names() == "g";
    };
    CHECK(holds("\"fact.os.codename\" = \"bookworm\""));
    CHECK(holds("\"fact.os.codename\" = [\"bookworm\", \"trixie\"]"));
    CHECK(!holds("\"fact.os.codename\" = [\"trixie\"]"));
    CHECK(holds("fact.os.codename = \"bookworm\""));
    CHECK(!holds("\"fact.os.codename\" = \"!= bookworm\""));
    CHECK(holds("\"fact.os.version_id\" = \">= 11\""));
    CHECK(!holds("\"fact.os.version_id\" = \"> 12\""));
    CHECK(holds("\"fact.memory_mb\" = \">= 2048\""));
    CHECK(!holds("\"fact.cores\" = 4"));
    CHECK(holds("\"attribute.port\" = [80, 9000]"));
    CHECK(holds("\"attribute.backup\" = true, \"fact.cores\" = 2"));
    CHECK(!holds("\"attribute.backup\" = true, \"fact.cores\" = 3"));
    CHECK(!holds("\"attribute.backup\" = false"));
    CHECK(holds("\"attribute.name\" = \"= n\""));
    CHECK(holds(""));
}

TEST_CASE("only_on compares an item with a fact") {
    const auto loaded = load(
        "[[attributes.servers]]\ncodename = \"bookworm\"\nversion = 15\n"
        "[[attributes.servers]]\ncodename = \"trixie\"\nversion = 17\n" +
        group("v{{item.version}}",
              "for_each = \"attribute.servers\"\n"
              "only_on = { \"fact.os.codename\" = \"{{item.codename}}\" }\n") +
        group("other", "only_on = { \"fact.os.codename\" = [\"sid\", \"{{attribute.none}}\"] }\n"));
    CHECK(loaded.names() == "v15");
    REQUIRE(loaded.problems.size() == 1);
    CHECK(loaded.all().find("attribute.none") != std::string::npos);
}

TEST_CASE("only_on asks for packages and their versions, in Debian's order") {
    const auto holds = [](const std::string& conditions) {
        const auto loaded = load_with_facts(group("g", "only_on = { " + conditions + " }\n"),
                                            std::make_shared<CountedFacts>());
        REQUIRE_MESSAGE(loaded.problems.empty(), loaded.all());
        return loaded.names() == "g";
    };
    CHECK(holds("\"fact.package.nginx\" = true"));
    CHECK(!holds("\"fact.package.nginx\" = false"));
    CHECK(holds("\"fact.package.none\" = false"));
    CHECK(!holds("\"fact.package.none\" = true"));
    CHECK(!holds("\"fact.package.none\" = \">= 0\""));
    CHECK(!holds("\"fact.package.none\" = \"!= 1\""));
    CHECK(holds("\"fact.package.nginx\" = \">= 1.9\""));
    CHECK(holds("\"fact.package.nginx\" = \"< 1.22.1-10\""));
    CHECK(!holds("\"fact.package.nginx\" = \"> 1.22.1-9\""));
    CHECK(holds("\"fact.package.web\" = \"<= 26.11.3\""));
    CHECK(holds("\"fact.package.web\" = \"26.11.3\""));
    CHECK(!holds("\"fact.package.web\" = \"> 26.11.3\""));
    CHECK(!holds("\"fact.package.web\" = \"26.11.3+deb13\""));
    CHECK(holds("\"fact.package.nginx\" = [\"1.0\", \"1.22.1-9\"]"));
    CHECK(holds("\"fact.package.libssl1.1\" = \"< 1:1.1.1\""));
    CHECK(holds("fact.package.plain = \"2\""));
    const auto refused = load_with_facts(group("g", "only_on = { \"fact.package.plain\" = 2 }\n"),
                                         std::make_shared<CountedFacts>());
    CHECK(refused.all().find("it is a version, and compared with an integer") != std::string::npos);
}

TEST_CASE("templates name the versions of packages that were there, dots in their names or not") {
    const auto loaded =
        load_with_facts(group("v{{fact.package.plain}}") + group("s{{fact.package.libssl1.1}}") +
                            group("{{fact.package.none}}"),
                        std::make_shared<CountedFacts>());
    CHECK(loaded.names().starts_with("v2 s1:1.1.1~rc2"));
    REQUIRE(loaded.problems.size() == 1);
    CHECK(loaded.all().find("{{fact.package.none}}") != std::string::npos);
}

TEST_CASE("a condition that can never be answered is a mistake at its line") {
    const auto refusal = [](const std::string& conditions) {
        return load("[attributes]\nport = 9000\nlist = [1]\n" + group("g", "only_on = " + conditions + "\n"))
            .all();
    };
    const auto says = [&](const std::string& conditions, const std::string& text) {
        const auto all = refusal(conditions);
        CHECK_MESSAGE(all.find(text) != std::string::npos, all);
        CHECK(all.find("r/recipe.toml:9\n") != std::string::npos);
    };
    says("{ \"fact.os.codname\" = \"x\" }", "did you mean fact.os.codename?");
    says("{ \"attribute.prot\" = 1 }", "did you mean attribute.port?");
    says("{ \"os.codename\" = \"x\" }", "names begin with attribute.");
    says("{ \"fact.os.version_id\" = 12 }", "it is a text, and compared with an integer");
    says("{ \"attribute.port\" = \"9000\" }", "it is an integer, and compared with a text");
    says("{ \"attribute.list\" = 1 }", "it is a list");
    says("{ \"fact.os.codename\" = \">= 4\" }", "cannot be put in order");
    says("{ \"attribute.port\" = \">= x\" }", "is no number");
    says("true", "it is true or false");
}

TEST_CASE("references to what is not on this host are satisfied, others are mistakes as ever") {
    const auto service = [](const std::string& reference) {
        return "[[resource]]\ntype = \"service\"\nname = \"s.service\"\nrestart_when_changed = [\"" +
               reference + "\", \"group[here]\"]\n";
    };
    const std::string elsewhere = "only_on = { \"fact.os.codename\" = \"sid\" }\n";
    const auto loaded = load(group("here") + group("there", elsewhere) + service("group[there]"));
    REQUIRE_MESSAGE(loaded.problems.empty(), loaded.all());
    CHECK(loaded.names() == "here s.service");
    CHECK(sources(loaded.book.bound.at(1)) == "group[here]");
    CHECK(loaded.book.left_out.at(0).resource == "group[there]");
    CHECK(loaded.book.left_out.at(0).reason == "fact.os.codename is bookworm");
    CHECK(
        load(group("here") + group("there", elsewhere) + service("group[their]")).says("unknown reference"));
    // Its name may have no value on this host.
    CHECK(load(group("here") + group("{{attribute.none}}", elsewhere) + service("group[{{attribute.none}}]"))
              .problems.empty());
}

TEST_CASE("two resources of one name may share a run when only one of them is on a host") {
    const auto loaded =
        load(group("g", "gid = 1\nonly_on = { \"fact.os.codename\" = \"bookworm\" }\n") +
             group("g", "gid = 2\nonly_on = { \"fact.os.codename\" = \"trixie\" }\n") +
             "[[resource]]\ntype = \"service\"\nname = \"s.service\"\nrestart_when_changed = \"group[g]\"\n");
    REQUIRE_MESSAGE(loaded.problems.empty(), loaded.all());
    CHECK(loaded.book.bound.at(0).properties.integer("gid") == 1);
    CHECK(sources(loaded.book.bound.at(1)) == "group[g]");
}

TEST_CASE("a resource that is left out still has its keys checked, not its values") {
    const auto loaded =
        load(group("g", "gidd = 1\nonly_on = { \"fact.cores\" = 99 }\ngid = \"{{attribute.x}}\"\n"));
    REQUIRE_MESSAGE(loaded.problems.size() == 1, loaded.all());
    CHECK(loaded.says("did you mean 'gid'?"));
}

TEST_CASE("only_on chooses among the items of a for_each") {
    const auto loaded =
        load(sites +
             group("{{item.name}}", "for_each = \"attribute.sites\"\nonly_on = { \"item.tls\" = true }\n") +
             "[[resource]]\ntype = \"service\"\nname = \"s.service\"\n"
             "restart_when_changed = [\"group[{{item.name}}]\", \"group[b]\"]\n");
    REQUIRE_MESSAGE(loaded.problems.empty(), loaded.all());
    CHECK(loaded.names() == "a s.service");
    CHECK(sources(loaded.book.bound.at(1)) == "group[a]");
}

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

TEST_CASE("sections over long lists, one in the other, are cut off") {
    std::string list = "[attributes]\nl = [";
    for (int i = 0; i < 1000; ++i)
        list += "0,";
    std::string content;
    for (int i = 0; i < 20; ++i)
        content = "{{#attribute.l}}" + content + "{{/attribute.l}}";
    const auto loaded =
        load(list + "]\n[[resource]]\ntype = \"file\"\nname = \"/x\"\ncontent = \"" + content + "\"\n");
    REQUIRE(loaded.problems.size() == 1);
    CHECK(loaded.says("its sections would go on for too long\n  at"));
}

TEST_CASE("facts that cost something are learned only when a text, a list or a condition names them") {
    const auto facts = std::make_shared<CountedFacts>();
    const auto idle = load_with_facts(group("{{fact.cores}}"), facts);
    CHECK(idle.problems.empty());
    CHECK(facts->asked.empty());
    const auto used =
        load_with_facts(group("{{fact.gpu.model}}") + group("{{item}}", "for_each = \"fact.gpu.ids\"\n") +
                            group("c", "only_on = { \"fact.gpu.model\" = \"m1\" }\n") +
                            "[[resource]]\ntype = \"file\"\nname = \"/x\"\ncontent = "
                            "\"{{#fact.gpu.ids}}{{.}},{{/fact.gpu.ids}}\"\n",
                        facts);
    REQUIRE_MESSAGE(used.problems.empty(), used.all());
    CHECK(used.names() == "m1 a b c /x");
    CHECK(used.book.bound.at(4).properties.text("content") == "a,b,");
    CHECK(facts->asked == std::map<std::string, int>{{"gpu", 1}});
}

TEST_CASE("a fact of a recipe that is left out is not learned") {
    const auto facts = std::make_shared<CountedFacts>();
    const auto loaded =
        load_with_facts(group("{{fact.gpu.model}}", "only_on = { \"fact.cores\" = 99 }\n"), facts);
    CHECK(loaded.problems.empty());
    CHECK(facts->asked.count("broken") == 0);
}

TEST_CASE("a fact that cannot be learned is one mistake, however often it is named") {
    const auto loaded = load_with_facts(group("{{fact.broken.a}}") + group("b{{fact.broken.b}}"),
                                        std::make_shared<CountedFacts>());
    CHECK(loaded.says("cannot learn fact.broken: exit status 1"));
    CHECK(load_with_facts(group("{{fact.gpu.modle}}"), std::make_shared<CountedFacts>())
              .says("cannot render {{fact.gpu.modle}}: it has no value"));
    CHECK(load_with_facts(group("{{fact.gpo}}"), std::make_shared<CountedFacts>())
              .says("did you mean {{fact.gpu}}?"));
}

TEST_CASE("what only root may know is noted by others, and nothing that hangs on it is judged") {
    const auto loaded =
        load_with_facts(group("{{fact.private.name}}") +
                            "[[resource]]\ntype = \"user\"\nname = \"u\"\nuid = \"{{fact.private.uid}}\"\n" +
                            group("{{item}}", "for_each = \"fact.private.list\"\n") +
                            group("g", "only_on = { \"fact.private.on\" = true }\n") +
                            "[[resource]]\ntype = \"service\"\nname = \"s.service\"\n"
                            "restart_when_changed = [\"group[g]\", \"group[{{item}}]\"]\n",
                        std::make_shared<CountedFacts>());
    CHECK_MESSAGE(loaded.problems.empty(), loaded.all());
    CHECK(loaded.notes.size() >= 4);
    for (const auto& bound : loaded.book.bound)
        CHECK(bound.sound == (bound.properties.type() == "service"));
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
