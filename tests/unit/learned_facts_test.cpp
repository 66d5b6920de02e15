// What recipes can know of a machine that is not the one that they are for.
#include "learned_facts.h"

#include "recipe/problems.h"

#include <doctest/doctest.h>

using dray::LearnedFacts;

TEST_CASE("elsewhere than on the host, what only an administrator can have made a fact is unknown") {
    const LearnedFacts here("/nowhere/facts.d");
    const LearnedFacts elsewhere{LearnedFacts::Elsewhere()};
    CHECK(!here.learn("rack"));
    CHECK_THROWS_AS(elsewhere.learn("rack"), dray::recipe::Unknown);
    CHECK(here.learn("addresses") == elsewhere.learn("addresses"));
}
