// Regular expressions: what they find, and that they always end.
#include "pattern.h"

#include "error.h"

#include <doctest/doctest.h>

#include <ctime>
#include <functional>
#include <string>

using dray::Error;
using dray::Pattern;

namespace {

std::string error_of(const std::function<void()>& action) {
    try {
        action();
    } catch (const Error& error) {
        return error.text();
    }
    return "no error";
}

}  // namespace

TEST_CASE("an expression is found anywhere in a text unless it says where") {
    CHECK(Pattern("b").found_in("abc"));
    CHECK_FALSE(Pattern("^b").found_in("abc"));
    CHECK(Pattern("^abc$").found_in("abc"));
    CHECK(Pattern("").found_in(""));
    CHECK(Pattern("^$").found_in({}));
    CHECK(Pattern(R"((?i)^\s*#?\s*permitrootlogin\b)").found_in("  #PermitRootLogin yes"));
    CHECK(Pattern("^(?!#)x").found_in("x"));
}

TEST_CASE("texts are UTF-8, and what is none is passed over") {
    CHECK(Pattern("^.$").found_in("ä"));
    CHECK(Pattern("b$").found_in("\xff\xfe b"));
    CHECK_FALSE(
        Pattern("^.b").found_in("\xff"
                                "b"));
    CHECK(Pattern("a.b").found_in(std::string("a\0b", 3)));
}

TEST_CASE("what is no expression is an error that says where") {
    const auto error = error_of([] { Pattern("^Port (\\d+"); });
    CHECK(error.find("'^Port (\\d+'") != std::string::npos);
    CHECK(error.find("missing closing parenthesis (at character 10)") != std::string::npos);
    CHECK(error_of([] { Pattern(std::string(300, '(') + std::string(300, ')')); }) != "no error");
}

TEST_CASE("an expression that would take for ever is given up at once") {
    const std::clock_t begin = std::clock();  // its own time: others may use the processor
    const std::string line(60, 'a');
    for (const char* const expression : {"^(a+)+$", "^(a|aa)*$", "^(([a-z])+.)+[A-Z]([a-z])+$"})
        CHECK(error_of([&] { Pattern(expression).found_in(line + "!"); }).find("match limit exceeded") !=
              std::string::npos);
    CHECK(std::clock() - begin < 10 * CLOCKS_PER_SEC);
}

TEST_CASE("an honest expression copes with a long line") {
    CHECK(Pattern("^.*x$").found_in(std::string(100'000, 'a') + "x"));
    CHECK_FALSE(Pattern("a.*b").found_in(std::string(300, 'a')));
}

TEST_CASE("a moved expression still matches") {
    Pattern first("a");
    const Pattern second = std::move(first);
    CHECK(second.found_in("a"));
}
