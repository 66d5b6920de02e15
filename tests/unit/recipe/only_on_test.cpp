// only_on: resources that are only on some hosts, and what refers to them.
#include "recipe/loader.h"
#include "recipe/one_recipe.h"

#include <doctest/doctest.h>

#include <memory>
#include <string>

using namespace dray::recipe;
using dray::test::CountedFacts;
using dray::test::group;
using dray::test::load;
using dray::test::load_with_facts;
using dray::test::sites;
using dray::test::sources;

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
