// Versions are numbers with dots, and requirements compare them number by number.
#include "recipe/version.h"

#include <doctest/doctest.h>

using namespace dray::recipe;

namespace {

bool met(const char* requirement, const char* version) {
    return Requirement::parse(requirement)->met_by(*Version::parse(version));
}

}  // namespace

TEST_CASE("versions compare number by number, and missing numbers are zeros") {
    CHECK(*Version::parse("1.10") > *Version::parse("1.9.9"));
    CHECK(*Version::parse("1.2") == *Version::parse("1.2.0"));
    CHECK(*Version::parse("2") > *Version::parse("1.999999999"));
    for (const auto* text : {"", ".", "1.", ".1", "1..2", "v1", "1.2-3", "1.0000000000", " 1", "-1"})
        CHECK_MESSAGE(!Version::parse(text), text);
}

TEST_CASE("a requirement is one comparison or several, all of which have to hold") {
    CHECK(met(">= 0.1", "0.1.0"));
    CHECK(met(">=0.1", "0.10"));
    CHECK(!met("> 0.1", "0.1"));
    CHECK(met("1.2", "1.2.0"));
    CHECK(met("= 1.2", "1.2.0"));
    CHECK(met("!= 1.2", "1.3"));
    CHECK(met(">= 1, < 2", "1.9"));
    CHECK(!met(">= 1, < 2", "2.0"));
    CHECK(met("<= 2", "2"));
    for (const auto* text : {"", ">=", ">= x", ">= 1,", ",", "=> 1", ">= 1 < 2"})
        CHECK_MESSAGE(!Requirement::parse(text), text);
}
