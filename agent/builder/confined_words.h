// What `dray-build confined` is told by the one that starts it.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>
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
    pid_t starter = 0;  ///< whoever waits for it
    bool network = false;
    std::int64_t processes = 0;
    std::int64_t memory_mib = 0;
    std::filesystem::path directory = "/";
    std::vector<Seen> view;                          ///< what is above comes first
    std::map<std::string, std::string> environment;  ///< more of it, and of the program's alone
    std::string input;  ///< the program's standard input
    std::vector<std::string> argv;
};

/// The text that says all of it but `argv`, for standard input: words of a command line are seen by
/// everybody, and what is hidden need not be named there.
std::string to_text(const ConfinedCommand& command);

/// And back. Throws Error when it does not say all of it.
ConfinedCommand from_text(std::string_view text, std::vector<std::string> argv);

}  // namespace dray::builder
