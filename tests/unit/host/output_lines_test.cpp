// What a program says, cut into lines.
#include "host/output_lines.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using dray::host::OutputLines;
using Texts = std::vector<std::string>;

namespace {

Texts lines_of(const Texts& pieces) {
    Texts lines;
    OutputLines cutter([&lines](std::string_view line) { lines.emplace_back(line); });
    for (const auto& piece : pieces)
        cutter.add(piece);
    cutter.finish();
    return lines;
}

}  // namespace

TEST_CASE("lines are told whole, however they come") {
    CHECK(lines_of({"one\ntw", "o", "\n", "three"}) == Texts{"one", "two", "three"});
    CHECK(lines_of({"a\n\nb\n"}) == Texts{"a", "", "b"});
    CHECK(lines_of({""}).empty());
}

TEST_CASE("a carriage return ends a line, and a pair of both is one end") {
    CHECK(lines_of({"10%\r20%\r", "done\n"}) == Texts{"10%", "20%", "done"});
    CHECK(lines_of({"a\r", "\nb\r\n\r\nc"}) == Texts{"a", "b", "c"});
}

TEST_CASE("a line that does not end is not kept, and none of it is told") {
    const std::string piece(OutputLines::limit / 2, 'x');
    CHECK(lines_of({piece, piece, "\n"}) == Texts{piece + piece});
    CHECK(
        lines_of({piece, piece, "y", piece, "\nnext\n"}) ==
        Texts{"(a line of " + std::to_string(OutputLines::limit / 2 * 3 + 1) + " bytes, left out)", "next"});
}
