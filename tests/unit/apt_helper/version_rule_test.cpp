// Which versions a wish accepts.
#include "apt_helper/version_rule.h"

#include "error.h"

#include <doctest/doctest.h>

using dray::Error;
using dray::apt_helper::VersionRule;

TEST_CASE("any version fits latest") {
    CHECK(VersionRule("latest").latest());
    CHECK(VersionRule("latest").allows("0~~"));
}

TEST_CASE("a relation compares as Debian does") {
    CHECK(VersionRule(">= 1.10").allows("1.10"));
    CHECK(VersionRule(">= 1.10").allows("1:0"));
    CHECK_FALSE(VersionRule(">= 1.10").allows("1.9"));
    CHECK_FALSE(VersionRule(">= 1.10").allows("1.10~rc1"));
    CHECK(VersionRule("<< 2").allows("2~"));
    CHECK_FALSE(VersionRule("<< 2").allows("2"));
    CHECK(VersionRule("<= 2").allows("2"));
    CHECK_FALSE(VersionRule(">> 2").allows("2"));
    CHECK(VersionRule(">> 2").allows("2+b1"));
}

TEST_CASE("without a relation, or with =, it is this very version") {
    CHECK(VersionRule("26.11.3-1").allows("26.11.3-1"));
    CHECK(VersionRule("= 26.11.3-1").allows("26.11.3-1"));
    CHECK_FALSE(VersionRule("= 26.11.3-1").allows("26.11.3"));
}

TEST_CASE("a wildcard takes whatever follows") {
    CHECK(VersionRule("26.11.*").allows("26.11.3"));
    CHECK(VersionRule("= 26.11.*").allows("26.11.3"));
    CHECK_FALSE(VersionRule("26.11.*").allows("26.12.0"));
    CHECK_FALSE(VersionRule("26.11.*").allows("26.110"));
}

TEST_CASE("a release that was built for a target counts as the release") {
    for (const char* text : {"26.11.3", "= 26.11.3", "<= 26.11.3", ">= 26.11.3", "26.11.*", "26.11.[34]",
                             "26.11.3+deb12", ">= 26.11.3+deb12", "26.11.3+deb*", ">= 26.11, << 26.11.4"}) {
        CAPTURE(text);
        CHECK(VersionRule(text).allows("26.11.3+deb12"));
    }
    for (const char* text : {">> 26.11.3", "<< 26.11.3", "26.11.2", "= 26.11.3+deb13", "<< 26.11.3+deb12"}) {
        CAPTURE(text);
        CHECK_FALSE(VersionRule(text).allows("26.11.3+deb12"));
    }
    CHECK(VersionRule(">> 12.4").allows("12.4+deb12u5"));
}

TEST_CASE("what is no version and no range is refused") {
    for (const char* text : {"", ">=", ">= ", "1 2", ">= 2*", "> 2", ">= 2 or so"}) {
        CAPTURE(text);
        CHECK_THROWS_AS(VersionRule{text}, Error);
    }
}
