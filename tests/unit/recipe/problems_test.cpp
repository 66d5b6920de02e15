// In which order the mistakes of recipes are said.
#include "recipe/problems.h"

#include <doctest/doctest.h>

using dray::recipe::Problems;

TEST_CASE("mistakes are said file by file and from top to bottom") {
    Problems problems;
    problems.add("c", "", "", {"web/recipe.toml", 9});
    problems.add("z", "", "", {"base/recipe.toml", 1});
    problems.add("a", "", "", {"web/recipe.toml", 2});
    problems.add("d", "", "", {"web/recipe.toml", 9});
    problems.add("of no place", "", "", {});
    std::string order;
    for (const auto& error : problems.by_place())
        order += error.parts().attempt + ";";
    CHECK(order == "a;c;d;z;of no place;");
}
