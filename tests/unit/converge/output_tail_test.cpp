// What programs say is kept for the report up to a bound, the end rather than the beginning.
#include "converge/output_tail.h"

#include <doctest/doctest.h>

using dray::converge::OutputTail;

TEST_CASE("the end of a long output is kept, and how much is missing") {
    OutputTail tail;
    CHECK(tail.empty());
    for (int i = 0; i < 10'000; ++i)
        tail.add("line " + std::to_string(i));
    const auto lines = tail.lines();
    CHECK(lines.back() == "line 9999");
    CHECK(lines.front() == "… (" + std::to_string(10'000 - (lines.size() - 1)) + " lines before)");
    std::size_t bytes = 0;
    for (const auto& line : lines)
        bytes += line.size();
    CHECK(bytes <= OutputTail::limit + 100);
}

TEST_CASE("one endless line is cut off") {
    OutputTail tail;
    tail.add(std::string(1u << 20, 'x'));
    REQUIRE(tail.lines().size() == 1);
    CHECK(tail.lines().front().size() < OutputTail::line_limit + 10);
}
