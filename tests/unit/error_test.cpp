// Errors say what was attempted, on what, why it failed, where it was asked for, and what to do.
#include "error.h"

#include <doctest/doctest.h>

#include <cerrno>

using dray::Error;

TEST_CASE("an error reads as one line, with the recipe's place and a hint below it") {
    const Error error{Error::Parts{.attempt = "cannot write /etc/x",
                                   .cause = "no space left",
                                   .hint = "free space on /etc",
                                   .location = {"recipe.toml", 31}}};
    CHECK(error.text() ==
          "cannot write /etc/x: no space left\n  at recipe.toml:31\n  hint: free space on /etc");
}

TEST_CASE("an error grows context on its way up and keeps its hint") {
    const auto inner = Error("cannot write /etc/x", "no space left", "free space");
    const auto outer = inner.during("cannot converge file[/etc/x]");
    CHECK(std::string(outer.what()) == "cannot converge file[/etc/x]: cannot write /etc/x: no space left");
    CHECK(outer.parts().hint == "free space");
}

TEST_CASE("the first location given to an error stays") {
    const auto error = Error("a", "b").at({"inner.toml", 3}).at({"outer.toml", 9});
    CHECK(error.parts().location.text() == "inner.toml:3");
}

TEST_CASE("an error of the operating system carries errno's text") {
    CHECK(std::string(Error::system("cannot open /x", ENOENT).what()) ==
          "cannot open /x: No such file or directory");
}
