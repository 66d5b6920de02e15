// The values of one resource, checked, with defaults filled in and templates rendered.
#pragma once

#include "error.h"
#include "value.h"

#include <chrono>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace dray::recipe {

/// A file that a recipe brings along.
struct FileText {
    std::string path;  ///< where it was read
    std::string content;
};

/// A folder that a recipe brings along, with all that is in it.
struct FolderText {
    struct File {
        std::string content;
        bool executable = false;  ///< its owner may run it where it was read
    };
    std::string path;                        ///< where it was read
    std::vector<std::string> folders = {};   ///< by their paths below it, each after the one that it is in
    std::map<std::string, File> files = {};  ///< by their paths below it
};

/// Typed values by key. Asking for a key that the schema does not have, or for a value that is neither
/// written nor has a default, is a mistake in dray itself: std::logic_error.
class Properties {
  public:
    using Typed =
        std::variant<std::string, std::int64_t, bool, std::chrono::milliseconds, std::vector<std::string>,
                     std::vector<std::int64_t>, FileText, FolderText, Value>;

    Properties(std::string type, std::string name, Location where)
        : type_(std::move(type)), name_(std::move(name)), where_(std::move(where)) {}

    const std::string& type() const { return type_; }
    const std::string& name() const { return name_; }
    const Location& where() const { return where_; }

    bool has(std::string_view key) const { return values_.contains(key); }
    const std::string& text(std::string_view key) const { return get<std::string>(key); }
    /// The text, or "" when the key is not written and has no default.
    std::string text_or_empty(std::string_view key) const { return has(key) ? text(key) : std::string(); }
    /// Whether the value of a script is a text for a shell, and no command.
    bool is_text(std::string_view key) const;
    std::int64_t integer(std::string_view key) const { return get<std::int64_t>(key); }
    const std::vector<std::int64_t>& integers(std::string_view key) const {
        return get<std::vector<std::int64_t>>(key);
    }
    bool truth(std::string_view key) const { return get<bool>(key); }
    std::uint16_t mode(std::string_view key) const { return static_cast<std::uint16_t>(integer(key)); }
    std::chrono::milliseconds duration(std::string_view key) const {
        return get<std::chrono::milliseconds>(key);
    }
    /// A list of texts, a command or references; empty when the key is not written and has no default.
    std::vector<std::string> texts(std::string_view key) const;
    const FileText& file(std::string_view key) const { return get<FileText>(key); }
    const FolderText& folder(std::string_view key) const { return get<FolderText>(key); }
    /// A table; empty when the key is not written.
    Value::Table table(std::string_view key) const;

    /// Whether there is a secret in the value: then nothing of it may be shown, and only root and those who
    /// need it may read what it is written to.
    bool secret(std::string_view key) const { return secret_keys_.contains(key); }
    bool any_secret() const { return !secret_keys_.empty(); }

    void set(std::string key, Typed value, bool secret = false) {
        if (secret) secret_keys_.insert(key);
        values_.insert_or_assign(std::move(key), std::move(value));
    }

  private:
    template <typename T>
    const T& get(std::string_view key) const;

    std::string type_;
    std::string name_;
    Location where_;
    std::map<std::string, Typed, std::less<>> values_;
    std::set<std::string, std::less<>> secret_keys_;
};

}  // namespace dray::recipe
