// Paragraphs: no line too long, no word lost.
#include "reference/wrap.h"

#include <doctest/doctest.h>

using dray::reference::columns;
using dray::reference::wrap;

TEST_CASE("words are put into lines of the width, the later ones indented") {
    CHECK(wrap("one two three", 0, 2, 9) == "one two\n  three\n");
    CHECK(wrap("one two three", 2, 2, 9) == "one two\n  three\n");
    CHECK(wrap("one two three", 3, 2, 9) == "one\n  two\n  three\n");
    CHECK(wrap("", 0, 2, 9) == "\n");
}

TEST_CASE("a word that is too long has a line of its own") {
    CHECK(wrap("a incomprehensible b", 0, 2, 9) == "a\n  incomprehensible\n  b\n");
}

TEST_CASE("a character of UTF-8 takes one column") {
    CHECK(columns("…é") == 2);
    CHECK(wrap("éé éé éé", 0, 0, 5) == "éé éé\néé\n");
}
