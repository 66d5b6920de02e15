// Unit tests of the numbers of releases.
#include "builder/version.h"

#include "error.h"

#include <doctest/doctest.h>

using dray::builder::next_version;
using dray::builder::Version;
using namespace std::chrono_literals;

namespace {

constexpr auto november = std::chrono::year(2026) / std::chrono::November;

std::string next(const std::vector<Version>& existing, std::chrono::year_month today = november) {
    return next_version(existing, today).version.text();
}

}  // namespace

TEST_CASE("a version is read in its normal and in its padded form, and written in the normal one") {
    CHECK(Version::parse("26.9.3") == Version{26, 9, 3});
    CHECK(Version::parse("26.09.03") == Version{26, 9, 3});
    CHECK(Version::parse("26.9.03")->text() == "26.9.3");
    CHECK(Version::parse("26.12.100")->text() == "26.12.100");
}

TEST_CASE("other tags are no versions") {
    for (const char* text :
         {"",        "26",       "26.9",    "v26.9.3",  "26.9.3.1", "26.9.3-1",     "26.9.3rc1", "26.13.1",
          "26.0.1",  "2026.9.3", "6.9.3",   "26.009.3", "26..3",    "26.9.",        "-6.9.3",    "26.-9.3",
          "26.9.-3", "26.9.3 ",  " 26.9.3", "26.9.+3",  "26,9,3",   "26.9.1234567", "release"})
        CHECK_MESSAGE(!Version::parse(text), text);
}

TEST_CASE("versions compare as numbers, not as text") {
    CHECK(Version{26, 9, 10} > Version{26, 9, 9});
    CHECK(Version{26, 10, 1} > Version{26, 9, 99});
    CHECK(Version{27, 1, 1} > Version{26, 12, 1});
}

TEST_CASE("the first release of all is number 1 of its month") {
    CHECK(next({}) == "26.11.1");
}

TEST_CASE("within a month the number goes up by one, gaps stay") {
    CHECK(next({{26, 11, 1}, {26, 11, 2}}) == "26.11.3");
    CHECK(next({{26, 11, 9}, {26, 11, 2}}) == "26.11.10");
}

TEST_CASE("a new month and a new year begin with 1") {
    CHECK(next({{26, 10, 14}}) == "26.11.1");
    CHECK(next({{26, 12, 3}}, std::chrono::year(2027) / std::chrono::January) == "27.1.1");
}

TEST_CASE("a tag of the future, or a clock that went back, is said and never undercut") {
    const auto decided = next_version({{26, 11, 5}, {27, 1, 1}}, november);
    CHECK(decided.version == Version{27, 1, 2});
    CHECK(decided.note.find("27.1.1 exists, but it is 2026-11") != std::string::npos);
    CHECK(next_version({{26, 11, 5}}, november).note.empty());
}

TEST_CASE("a year without two digits is refused") {
    CHECK_THROWS_AS(next_version({}, std::chrono::year(1970) / std::chrono::January), dray::Error);
    CHECK_THROWS_AS(next_version({}, std::chrono::year(2100) / std::chrono::January), dray::Error);
}
