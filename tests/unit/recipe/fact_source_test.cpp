// Facts that cost something or cannot be learned, and the versions of packages.
#include "recipe/loader.h"
#include "recipe/one_recipe.h"

#include <doctest/doctest.h>

#include <map>
#include <memory>
#include <string>

using namespace dray::recipe;
using dray::test::CountedFacts;
using dray::test::group;
using dray::test::load_with_facts;

TEST_CASE("templates name the versions of packages that were there, dots in their names or not") {
    const auto loaded =
        load_with_facts(group("v{{fact.package.plain}}") + group("s{{fact.package.libssl1.1}}") +
                            group("{{fact.package.none}}"),
                        std::make_shared<CountedFacts>());
    CHECK(loaded.names().starts_with("v2 s1:1.1.1~rc2"));
    REQUIRE(loaded.problems.size() == 1);
    CHECK(loaded.all().find("{{fact.package.none}}") != std::string::npos);
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
