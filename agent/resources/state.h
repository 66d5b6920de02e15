// The state of a resource as named values, so that diff, dry run, report and tests are one piece of code for
// all types.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace dray::resources {

/// How a value may be shown.
enum class Display {
    plain,    ///< as it is, on one line
    content,  ///< a text of many lines: shown as a unified diff
    secret,   ///< never: shown as "(sensitive, changed)"
};

/// One named value.
struct Entry {
    std::string name;
    std::string value;
    Display display = Display::plain;
};

/// What a resource is, or is to be. Names are unique; order is the order of showing.
class State {
  public:
    State() = default;
    State(std::initializer_list<Entry> entries) : entries_(entries) {}

    State& set(std::string name, std::string value, Display display = Display::plain);
    const Entry* find(std::string_view name) const;
    /// The value, or "" when there is none of that name.
    std::string value(std::string_view name) const;
    const std::vector<Entry>& entries() const { return entries_; }

  private:
    std::vector<Entry> entries_;
};

/// One value that is not as wanted.
struct Change {
    std::string name;
    std::optional<std::string> from;  ///< nothing when the host has no such value
    std::string to;
    Display display = Display::plain;
};

/// What has to change so that every value of `wanted` holds; values that only `now` has are nobody's wish.
std::vector<Change> differences(const State& now, const State& wanted);

}  // namespace dray::resources
