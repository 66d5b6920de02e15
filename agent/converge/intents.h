// Notifications that are owed, on disk before the change that causes them and crossed out after the action,
// so that a restart survives a failed run, a kill and a reboot.
#pragma once

#include "host/file.h"

#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace dray::converge {

/// An action that is owed to a resource.
struct Intent {
    std::string target;  ///< "service[warehouse.service]"
    std::string action;  ///< "restart"
    std::string source;  ///< what changed: "package[warehouse]"
    auto operator<=>(const Intent&) const = default;
};

/// The file of intents. Each change of it is atomic and fsynced.
class Intents {
  public:
    /// Reads the file. One that cannot be understood is set aside as FILE.corrupt, and nothing is owed. With
    /// `dry` nothing is ever written: what is added and crossed out is so in memory alone.
    Intents(host::Files& files, std::filesystem::path file, bool dry);

    /// The file in a host's folder of state.
    static std::filesystem::path file_in(const std::filesystem::path& state_folder) {
        return state_folder / "intents.json";
    }

    /// The sources for which each action is owed to `target`.
    std::map<std::string, std::set<std::string>> owed(const std::string& target) const;

    /// Adds these, which have to be on disk before the change is made, and tells which of them are new.
    /// Writes nothing when all are there already.
    std::vector<Intent> add(const std::vector<Intent>& intents);

    /// Crosses these out: the change was not made.
    void withdraw(const std::vector<Intent>& intents);

    /// Crosses out everything that is owed to `target`.
    void settle(const std::string& target);

    const std::set<Intent>& all() const { return intents_; }
    /// Whether the file could not be understood.
    bool corrupt() const { return corrupt_; }

  private:
    void save();

    host::Files& files_;
    std::filesystem::path file_;
    std::set<Intent> intents_;
    bool dry_;
    bool corrupt_ = false;
};

}  // namespace dray::converge
