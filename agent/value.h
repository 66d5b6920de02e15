// A value as TOML has it: what recipes, attributes, facts and settings are made of.
#pragma once

#include "secret.h"

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace dray {

/// A text, an integer, a number, a truth value, a list, or a table, and in a recipe's attributes and
/// resources the place where a secret is kept. Dates of TOML are kept as texts.
class Value {
  public:
    using List = std::vector<Value>;
    using Table = std::map<std::string, Value, std::less<>>;

    Value() : data_(Table{}) {}
    Value(std::string text) : data_(std::move(text)) {}
    Value(std::string_view text) : data_(std::string(text)) {}
    Value(const char* text) : data_(std::string(text)) {}
    Value(bool truth) : data_(truth) {}
    Value(int integer) : data_(std::int64_t{integer}) {}
    Value(std::int64_t integer) : data_(integer) {}
    Value(double number) : data_(number) {}
    Value(List list) : data_(std::move(list)) {}
    Value(Table table) : data_(std::move(table)) {}
    Value(SecretReference secret) : data_(std::move(secret)) {}

    /// The value as that type, or a null pointer when it is another.
    const std::string* text() const { return std::get_if<std::string>(&data_); }
    const std::int64_t* integer() const { return std::get_if<std::int64_t>(&data_); }
    const double* number() const { return std::get_if<double>(&data_); }
    const bool* truth() const { return std::get_if<bool>(&data_); }
    const List* list() const { return std::get_if<List>(&data_); }
    List* list() { return std::get_if<List>(&data_); }
    const Table* table() const { return std::get_if<Table>(&data_); }
    Table* table() { return std::get_if<Table>(&data_); }
    const SecretReference* secret() const { return std::get_if<SecretReference>(&data_); }

    /// What the value is, for messages: "a text", "an integer", "a list", …
    std::string_view kind() const;

    /// Whether it is a secret, or has one anywhere below it.
    bool holds_secret() const;

    /// A scalar as a template or a message shows it: the text itself, 9000, true. Lists and tables as TOML.
    /// Of a secret only where it is kept: "(secret from file:/etc/dray/secrets/db)".
    std::string show() const;

    /// The value at a dotted path ("database.url") below this table; null when there is none.
    const Value* find(std::string_view path) const;

    bool operator==(const Value&) const = default;

  private:
    std::variant<Table, List, std::string, std::int64_t, double, bool, SecretReference> data_;
};

}  // namespace dray
