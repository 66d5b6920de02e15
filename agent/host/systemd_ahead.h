// Units that the manager looks up while dray does other things.
#pragma once

#include "host/systemd_connection.h"

#include <array>
#include <map>
#include <optional>
#include <string>

namespace dray::host {

/// Questions about units that have been sent and not read yet. Looking up a unit costs the manager as much
/// time as dray needs for dozens of files, so that the two work at the same time.
class BusSystemd::Ahead {
  public:
    /// Asks all that makes a UnitStatus. Throws Error.
    void ask(const Connection& bus, const std::string& unit);

    /// The answers, waited for if need be, and then forgotten; nothing when it was not asked, or when an
    /// answer is an error or needs another question: then all is to be asked again. Throws Error when the
    /// connection breaks.
    std::optional<UnitStatus> take(const Connection& bus, const std::string& unit);

    /// Drops everything: something has changed since.
    void forget() { units_.clear(); }

  private:
    enum Question { listed, state_of_file, invocation, needs_reload, main_pid, restarts, questions };
    using Answers = std::array<BusAnswer, questions>;

    std::map<std::string, Answers> units_;  // nodes stay where they are: answers are written into them
};

/// Reads the one unit of an answer of ListUnitsByNames; its object path. Throws Error.
std::string read_listed_unit(const BusMessage& message, UnitStatus& status, const std::string& attempt);

/// 32 hex digits of an answer's "ay". Throws Error.
std::string read_id(sd_bus_message* message, const std::string& attempt);

/// Whether a unit is a service, and so has a main process.
bool is_service(const std::string& unit);

}  // namespace dray::host
