// The one error type of dray: what was attempted, on what, why it failed, and what to do.
#pragma once

#include <stdexcept>
#include <string>
#include <string_view>

namespace dray {

/// A place in a text that a person wrote, a recipe for example.
struct Location {
    std::string file;
    int line = 0;  ///< counted from 1; 0 when no line is known

    /// "file:line", or "file" when no line is known, or "" when there is no file.
    std::string text() const;
    bool operator==(const Location&) const = default;
};

/// An error that a person can act on. It is thrown where something fails, gains context on its way up
/// (`during`, `at`), and is turned into text and an exit code in main() alone.
class Error : public std::runtime_error {
  public:
    /// What an error says, each part a phrase without a final full stop.
    struct Parts {
        std::string attempt;  ///< what was attempted and on what: "cannot write /etc/x"
        std::string cause;    ///< why it failed: errno's text, apt's message, an HTTP status
        std::string hint;     ///< what the reader can do about it; may be empty
        Location location;    ///< where the recipe asked for it; may be empty
    };

    explicit Error(Parts parts);

    /// `attempt` failed because of `cause`; `hint` may be empty.
    Error(std::string attempt, std::string cause, std::string hint = {});

    /// An error of the operating system, `code` being an errno value.
    static Error system(std::string attempt, int code, std::string hint = {});

    const Parts& parts() const { return parts_; }

    /// The same error with `attempt` put before its own: "cannot converge file[/etc/x]: cannot write …".
    Error during(std::string_view attempt) const;

    /// The same error with a recipe's location, unless it has one already.
    Error at(const Location& location) const;

    /// All of it for a terminal: one line "attempt: cause", then "  at file:line" and "  hint: …" where
    /// known.
    std::string text() const;

  private:
    Parts parts_;
};

}  // namespace dray
