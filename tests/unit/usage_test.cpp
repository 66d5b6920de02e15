// What a mistaken command line is told.
#include "usage.h"

#include <doctest/doctest.h>

#include <sstream>
#include <string>
#include <vector>

namespace {

/// What a program with the commands "check" (which has --recipes) and "resources" says of these words.
std::string said_of(const std::vector<std::string>& words) {
    CLI::App app("", "program");
    app.require_subcommand(1);
    app.failure_message(dray::usage_message);
    std::string folder;
    std::string name;
    auto* check = app.add_subcommand("check");
    check->add_option("--recipes", folder);
    check->add_option("name", name);
    app.add_subcommand("resources");
    std::vector<const char*> arguments{"program"};
    for (const auto& word : words)
        arguments.push_back(word.c_str());
    try {
        app.parse(static_cast<int>(arguments.size()), arguments.data());
    } catch (const CLI::ParseError& error) {
        std::ostringstream out;
        std::ostringstream said;
        app.exit(error, out, said);
        return said.str();
    }
    return {};
}

bool has(const std::string& text, const std::string& part) {
    return text.find(part) != text.npos;
}

}  // namespace

TEST_CASE("a mistyped command is told the one that was meant") {
    const auto said = said_of({"resource"});
    CHECK(has(said, "hint: there is no command resource; did you mean 'resources'?"));
    CHECK(has(said, "help: program --help"));
    CHECK(has(said_of({"chek", "warehouse"}), "did you mean 'check'?"));
}

TEST_CASE("a command that resembles none is told which there are") {
    CHECK(has(said_of({"frobnicate"}), "known: check, resources"));
}

TEST_CASE("a mistyped option is told the one of its command") {
    const auto said = said_of({"check", "--recipe=x"});
    CHECK(has(said, "did you mean '--recipes'?"));
    CHECK(has(said, "help: program check --help"));
}

TEST_CASE("a word too many, and none at all, are not guessed at") {
    CHECK(!has(said_of({"check", "one", "two"}), "hint"));
    CHECK(!has(said_of({}), "hint"));
    CHECK(has(said_of({}), "error: "));
}

TEST_CASE("nothing is said of a command line that is right") {
    CHECK(said_of({"check", "--recipes", "x"}).empty());
}
