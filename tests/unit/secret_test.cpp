// Secrets are named by where they are kept, and their values are of a type that nothing prints.
#include "secret.h"

#include "error.h"
#include "value.h"

#include <doctest/doctest.h>
#include <spdlog/fmt/fmt.h>

#include <concepts>
#include <sstream>
#include <string>
#include <string_view>

using dray::parse_secret_reference;
using dray::Secret;
using dray::SecretReference;

namespace {

template <typename T>
concept Streamed = requires(std::ostream& stream, const T& value) {
    stream << value;
};

std::string refusal_of_secret(const auto& reference) {
    try {
        return parse_secret_reference(reference).text();
    } catch (const dray::Error& error) {
        return std::string("refused: ") + error.text();
    }
}

}  // namespace

TEST_CASE("a secret cannot be printed, formatted or taken for a text") {
    static_assert(!Streamed<Secret>);
    static_assert(!fmt::is_formattable<Secret>::value);
    static_assert(!std::convertible_to<Secret, std::string>);
    static_assert(!std::convertible_to<Secret, std::string_view>);
    static_assert(!std::convertible_to<std::string, Secret>);
    static_assert(!std::constructible_from<dray::Value, Secret>);
    CHECK(Secret("hunter2").reveal() == "hunter2");
}

TEST_CASE("a secret's place is a file, a credential or a command") {
    CHECK(parse_secret_reference("file:/etc/dray/secrets/db") ==
          SecretReference{SecretReference::Store::file, "/etc/dray/secrets/db", {}});
    CHECK(parse_secret_reference("credential:db") ==
          SecretReference{SecretReference::Store::credential, "db", {}});
    CHECK(parse_secret_reference("command:/usr/bin/pass  show db") ==
          SecretReference{SecretReference::Store::command, {}, {"/usr/bin/pass", "show", "db"}});
    CHECK(parse_secret_reference(std::vector<std::string>{"command", "pass", "my db"}).command ==
          std::vector<std::string>{"pass", "my db"});
    CHECK(parse_secret_reference("command:pass db").text() == "command:pass db");
    CHECK(dray::Value(parse_secret_reference("file:/x")).show() == "(secret from file:/x)");
}

TEST_CASE("what is no place of a secret is refused, and not repeated") {
    for (const std::string text :
         {"hunter2", "", "file:", "file:etc/hunter2", "file:/etc/../hunter2",
          "credential:", "credential:a/hunter2", "credential:..", "command:", "command:  ", "env:hunter2"}) {
        const auto said = refusal_of_secret(std::string_view(text));
        CHECK_MESSAGE(said.starts_with("refused: cannot tell where a secret is kept"), text);
        CHECK_MESSAGE(said.find("hunter2") == std::string::npos, said);
    }
    for (const std::vector<std::string>& words : {std::vector<std::string>{},
                                                  {"file"},
                                                  {"file", "/a", "/b"},
                                                  {"command"},
                                                  {"command", ""},
                                                  {"hunter2"}}) {
        const auto said = refusal_of_secret(words);
        CHECK(said.starts_with("refused:"));
        CHECK(said.find("hunter2") == std::string::npos);
    }
}
