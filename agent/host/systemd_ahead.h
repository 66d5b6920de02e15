// Units that the manager looks up while dray does other things.
#pragma once

#include "host/systemd_connection.h"

#include <array>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace dray::host {

/// Questions about units that have been sent and not read yet. Looking up a unit costs the manager as much
/// time as dray needs for dozens of files, so that the two work at the same time.
class BusSystemd::Ahead {
  public:
    /// Asks all that makes a UnitStatus. Throws Error.
    void ask(const Connection& bus, const std::string& unit);
    /// Asks which files the unit is made of. Throws Error.
    void ask_files(const Connection& bus, const std::string& unit);

    /// The answers, waited for if need be, and forgotten once they were told as often as they were asked for;
    /// nothing when they were not, or when an answer is an error or needs another question: then all is to be
    /// asked again. Throws Error when the connection breaks.
    std::optional<UnitStatus> take(const Connection& bus, const std::string& unit);
    /// The unit file and its drop-ins, likewise, and told once.
    std::optional<std::vector<std::string>> take_files(const Connection& bus, const std::string& unit);

    /// Drops everything: something has changed since.
    void forget() {
        units_.clear();
        files_.clear();
    }

  private:
    enum Question { listed, state_of_file, invocation, needs_reload, main_pid, restarts, questions };
    struct Asked {
        std::array<BusAnswer, questions> answers;
        int askers = 0;
        std::optional<UnitStatus> status;  ///< once the answers were read
    };
    enum FileQuestion { fragment, dropins, file_questions };

    std::optional<UnitStatus> read(const Connection& bus, const std::string& unit, Asked& asked) const;

    // Nodes stay where they are: answers are written into them.
    std::map<std::string, Asked> units_;
    std::map<std::string, std::array<BusAnswer, file_questions>> files_;
};

/// A unit's object path. Throws Error that begins with `attempt`. Source: org.freedesktop.systemd1(5), "Unit
/// objects".
std::string path_of(const std::string& unit, const std::string& attempt);

/// Reads the one unit of an answer of ListUnitsByNames; its object path. Throws Error.
std::string read_listed_unit(const BusMessage& message, UnitStatus& status, const std::string& attempt);

/// The texts of an answer's "as". Throws Error.
std::vector<std::string> read_texts(sd_bus_message* message, const std::string& attempt);

/// 32 hex digits of an answer's "ay". Throws Error.
std::string read_id(sd_bus_message* message, const std::string& attempt);

/// Whether a unit is a service, and so has a main process.
bool is_service(const std::string& unit);

}  // namespace dray::host
