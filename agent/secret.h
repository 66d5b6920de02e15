// Secrets: where they are kept, and their values, which cannot be printed by accident.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace dray {

/// Where a secret is kept: all that a recipe says of it, and all that may be shown.
struct SecretReference {
    enum class Store {
        file,        ///< a file of root's
        credential,  ///< systemd.exec(5), "CREDENTIALS"
        command,     ///< what a program prints
    };

    Store store = Store::file;
    std::string name = {};                  ///< the file's absolute path, or the credential's name
    std::vector<std::string> command = {};  ///< the program and its arguments

    /// "file:/etc/dray/secrets/db", "credential:db", "command:/usr/bin/pass show db".
    std::string text() const;

    auto operator<=>(const SecretReference&) const = default;
};

/// Reads a text of that form; the words of a command are separated by white space, no shell is involved.
/// Throws Error for any other text, without repeating it: it may be a secret itself.
SecretReference parse_secret_reference(std::string_view text);

/// Reads a list: ["command", "/usr/bin/pass", "show", "db"], ["file", "/etc/dray/secrets/db"]. Throws Error,
/// likewise.
SecretReference parse_secret_reference(const std::vector<std::string>& words);

/// The value of a secret. It is no text, is not printed by any stream or formatter, and has to be asked for
/// by name: who calls reveal() answers for where the text goes.
class Secret {
  public:
    explicit Secret(std::string value) : value_(std::move(value)) {}
    const std::string& reveal() const { return value_; }

  private:
    std::string value_;
};

}  // namespace dray
