// What `dray-build confined` is told by the one that starts it.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace dray::builder {

/// A path of the view that a confined program gets.
struct Seen {
    enum class Kind {
        system,    ///< a folder of the system, or its symbolic link; nothing when it is missing
        readable,  ///< a file or folder
        writable,  ///< a folder
        hidden,    ///< is empty; nothing when it is not to be seen anyway
        scratch,   ///< an empty folder in memory, for everybody
        processes,
        devices,
    } kind;
    std::filesystem::path to;
    std::filesystem::path from = {};  ///< of the first three
};

/// All of it.
struct ConfinedCommand {
    uid_t uid = 0;
    gid_t gid = 0;
    bool network = false;
    std::int64_t processes = 0;
    std::int64_t memory_mib = 0;
    std::filesystem::path directory = "/";
    std::vector<Seen> view;  ///< what is above comes first
    std::vector<std::string> argv;
};

/// The words that say so, behind the verb.
std::vector<std::string> to_words(const ConfinedCommand& command);

/// And back. Throws Error when they do not say all of it.
ConfinedCommand from_words(const std::vector<std::string>& words);

}  // namespace dray::builder
