// Units that the manager looks up while dray does other things.
#pragma once

#include "host/systemd_connection.h"
#include "host/unit_links.h"

#include <array>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace dray::host {

/// What the manager keeps of a unit: the properties of its object that all kinds of units have. All of them
/// are empty for a unit that is not in memory: it will be read when it is needed.
struct UnitProperties {
    std::string load_state;
    std::string active_state;
    std::string sub_state;
    std::string invocation_id;  ///< 32 hex digits; "" when it has never run
    std::string fragment;       ///< the unit file; "" without one
    std::vector<std::string> dropins;
    std::string file_state;  ///< as it was when the manager first looked for it since it has read its units
    std::uint64_t active_since_us = 0;  ///< CLOCK_MONOTONIC
    bool needs_daemon_reload = false;

    /// Whether it has been loaded, and neither from `file` nor from something that takes precedence over it.
    bool lacks(const std::filesystem::path& file) const;
};

/// What of a UnitStatus they are: all but the file's state and what services alone have.
UnitStatus status_of(const UnitProperties& unit);

/// Reads an answer of GetAll. Throws Error that begins with `attempt`.
UnitProperties read_properties(sd_bus_message* answer, const std::string& attempt);

/// Questions about units that have been sent and not read yet. Looking up a unit costs the manager as much
/// time as dray needs for dozens of files, so that the two work at the same time.
class BusSystemd::Ahead {
  public:
    /// Asks all that makes a UnitStatus. Throws Error.
    void ask_status(const Connection& bus, const std::string& unit);
    /// Asks what the manager has read of the unit. One that is not in memory is not loaded for that, which
    /// would take longer than all other questions. Throws Error.
    void ask_text(const Connection& bus, const std::string& unit);

    /// The answers, waited for if need be, and forgotten once they were told as often as they were asked for;
    /// nothing when they were not, or when an answer is an error or needs another question: then all is to be
    /// asked again. Throws Error when the connection breaks.
    std::optional<UnitStatus> take_status(const Connection& bus, const std::string& unit);
    std::optional<UnitProperties> take_text(const Connection& bus, const std::string& unit);

    /// Drops everything: something has changed since.
    void forget() {
        units_.clear();
        load_ = {};
    }

  private:
    /// What is asked of the manager itself, to know whether what it keeps of the units' files is true.
    struct Load {
        BusAnswer real, monotonic, folders;
        std::optional<bool> unchanged;  ///< once it was judged
    };
    enum Question { in_memory, of_unit, state_of_file, main_pid, restarts, questions };
    struct Asked {
        std::array<BusAnswer, questions> answers;
        int askers = 0;
        bool for_status = false;
        std::optional<UnitProperties> known;  ///< once that answer was read
        std::optional<UnitStatus> status;     ///< once all were

        bool was_asked(Question question) const { return answers[question].slot != nullptr; }
    };

    void ask_load(const Connection& bus);
    bool load_unchanged(const Connection& bus);
    void ask_more(const Connection& bus);
    static void ask_file_state(const Connection& bus, const std::string& unit, Asked& asked);
    std::optional<std::string> file_state(const Connection& bus, const std::string& unit, Asked& asked);
    static bool read_known(const Connection& bus, const std::string& unit, Asked& asked,
                           const std::string& attempt);
    bool read_all(const Connection& bus, const std::string& unit, Asked& asked);
    /// Counts one who has asked. Nothing is left of answers that `useful` says are none.
    void told(std::map<std::string, Asked>::iterator unit, bool useful);

    Load load_;
    std::map<std::string, Asked> units_;  // nodes stay where they are: answers are written into them
};

/// A unit's object path. Throws Error that begins with `attempt`. Source: org.freedesktop.systemd1(5), "Unit
/// objects".
std::string path_of(const std::string& unit, const std::string& attempt);

/// Whether a unit is a service, and so has a main process.
bool is_service(const std::string& unit);

}  // namespace dray::host
