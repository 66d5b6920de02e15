// The guards of a resource: conditions under which it is converged at all.
#pragma once

#include "value.h"

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace dray::recipe {

/// One condition. All guards of a resource have to hold.
struct Guard {
    enum class Kind {
        command,    ///< the command exits with 0
        exists,     ///< something is at the path, a link that leads nowhere included
        contains,   ///< the file at the path has the text in it
        installed,  ///< the package is installed
        running,    ///< the unit is active
    };
    Kind kind = Kind::command;
    std::vector<std::string> command = {};
    bool read_only = false;   ///< the command changes nothing, so that a dry run may run it
    std::string object = {};  ///< the path, package or unit
    std::string text = {};    ///< of contains
    bool wanted = true;       ///< true for only_if; for not_if it must not be so

    /// "only_if" or "not_if".
    std::string_view key() const { return wanted ? "only_if" : "not_if"; }
};

/// One way to write a guard, for reference pages.
struct GuardForm {
    std::string_view condition;  ///< the key of the table: "exists"
    std::string_view example;    ///< TOML
    std::string_view doc;        ///< when it holds, one line
};
const std::vector<GuardForm>& guard_forms();

/// How the values of guards are read.
struct GuardReading {
    std::function<std::string(const std::string& text)> render;
    std::function<void(std::string cause, std::string hint)> problem;  ///< told of each mistake
};

/// The guards that a value of only_if (`wanted`) or not_if stands for: a command as a list of texts, a table
/// with one condition, or a list of such tables. Without those that are mistaken.
std::vector<Guard> guards_of(const Value& written, bool wanted, const GuardReading& reading);

}  // namespace dray::recipe
