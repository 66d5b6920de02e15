// Reading settings key by key: what each key holds, and the errors of all of them in one go.
#pragma once

#include "builder/version.h"
#include "error.h"

#include <chrono>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace dray::builder {

enum class SettingKind { text, texts, truth, number };

/// A key that there is.
struct SettingKey {
    std::string_view name;  ///< "section.key"
    SettingKind kind;
};

/// A value and where it was written.
struct Setting {
    std::variant<std::string, std::vector<std::string>, bool, std::int64_t> value;
    Location location;
};

/// Settings by "section.key".
using SettingsLayer = std::map<std::string, Setting, std::less<>>;

/// What several keys are asked to be.
constexpr std::string_view key_form = "the fingerprint of an OpenPGP key (hexadecimal, no spaces)";
constexpr std::string_view plain_path = "an absolute path without spaces, quotes, dots or a final slash";

/// Takes values out of the merged layer, and notes what is wrong with them: a key that is not set leaves its
/// target as it is, `wanted` says in an error what `good` says yes to.
class SettingsReader {
  public:
    /// Both outlive this object.
    SettingsReader(const SettingsLayer& layer, std::vector<Error>& errors) : layer_(layer), errors_(errors) {}

    /// A text that `good` says yes to; `target` may be anything that a text can be assigned to.
    template <typename Target, typename Test>
    void text(std::string_view key, Target& target, Test good, std::string_view wanted) {
        const auto found = layer_.find(key);
        if (found == layer_.end()) return;
        const std::string& value = std::get<std::string>(found->second.value);
        if (good(value))
            target = value;
        else
            bad(key, value, wanted, found->second.location);
    }

    /// A list of such texts, each of which is judged.
    template <typename Test>
    void texts(std::string_view key, std::vector<std::string>& target, Test good, std::string_view wanted) {
        const auto found = layer_.find(key);
        if (found == layer_.end()) return;
        target = std::get<std::vector<std::string>>(found->second.value);
        for (const std::string& value : target)
            if (!good(value)) bad(key, value, wanted, found->second.location);
    }

    /// A command: a list whose first word is the program.
    template <typename Test>
    void command(std::string_view key, std::vector<std::string>& target, Test good, std::string_view wanted) {
        texts(key, target, good, wanted);
        if (layer_.contains(key) && (target.empty() || target.front().empty()))
            refuse(key, "names no program", "the first word of a command is the program that is run");
    }

    /// True or false.
    void truth(std::string_view key, bool& target);
    /// An integer that is `least` or more.
    void number(std::string_view key, std::int64_t& target, std::int64_t least);
    void number(std::string_view key, std::optional<std::int64_t>& target, std::int64_t least);
    /// A length of time that is `least` or longer, see parse_duration().
    void duration(
        std::string_view key, std::chrono::seconds& target,
        std::chrono::seconds least = std::chrono::seconds(1),
        std::string_view wanted = "a length of time of a second or more, such as \"90s\", \"10m\", \"14d\"");
    /// A release's version.
    void version(std::string_view key, std::optional<Version>& target);

    /// The names below a prefix that have a table of their own.
    std::vector<std::string> tables(std::string_view prefix) const;
    /// Whether a key is set, whatever it holds.
    bool has(std::string_view key) const { return layer_.find(key) != layer_.end(); }

    /// Notes each of the keys that is not set.
    void require(std::initializer_list<std::string_view> wanted);

    /// Notes a key that is set where it cannot be.
    void refuse(std::string_view key, const std::string& why, const std::string& advice);

  private:
    void bad(std::string_view key, const std::string& value, std::string_view wanted,
             const Location& location);

    const SettingsLayer& layer_;
    std::vector<Error>& errors_;
};

}  // namespace dray::builder
