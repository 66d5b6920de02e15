// Lengths of time and suggestions: the small words of recipes and messages.
#include "duration.h"
#include "suggestion.h"

#include <doctest/doctest.h>

using namespace std::chrono_literals;
using dray::did_you_mean;
using dray::duration_text;
using dray::nearest;
using dray::parse_duration;

TEST_CASE("lengths of time are read with their units") {
    CHECK(parse_duration("500ms") == 500ms);
    CHECK(parse_duration("20s") == 20s);
    CHECK(parse_duration("1h30m") == 90min);
    CHECK(parse_duration("14d") == 24h * 14);
    CHECK(parse_duration("0s") == 0ms);
}

TEST_CASE("a text that is no length of time is not read") {
    for (const auto* text : {"", "20", "s", "-1s", "1 s", "1s ", "1.5s", "99999999999999d", "1x", "1sm"})
        CHECK_MESSAGE(!parse_duration(text), text);
}

TEST_CASE("a length of time is written as it is read") {
    for (const auto* text : {"0s", "1s234ms", "1h30m", "20s", "14d"})
        CHECK(duration_text(*parse_duration(text)) == text);
    CHECK(duration_text(60s) == "1m");
}

TEST_CASE("a slip of the fingers finds the word that was meant") {
    const std::vector<std::string> known = {"owner", "group", "mode", "restart_when_changed"};
    CHECK(nearest("onwer", known) == "owner");
    CHECK(nearest("mod", known) == "mode");
    CHECK(nearest("restart_if_changed", known) == "restart_when_changed");
    CHECK(!nearest("sensitive", known));
    CHECK(!nearest(std::string(100'000, 'x'), known));
    CHECK(did_you_mean("grop", known) == "did you mean 'group'?");
    CHECK(did_you_mean("zzz", {"a", "b"}) == "known: a, b");
    CHECK(did_you_mean("zzz", {}).empty());
}

TEST_CASE("a hint lists no more names than a reader looks through") {
    const auto hint = did_you_mean("something", std::vector<std::string>(1000, "x"));
    CHECK(hint.ends_with("x, x, …"));
    CHECK(hint.size() < 100);
}
