// How git reaches a remote.
#include "builder/git_transport.h"

#include "builder/room.h"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <filesystem>
#include <string_view>
#include <system_error>

namespace dray::builder {
namespace {

/// BatchMode: a key with a passphrase, or a host that is not known, is an error and no question
/// (ssh_config(5)). It has Debian's ssh look every 5 minutes, too, whether the other side is still there.
constexpr auto ssh_command = "ssh -o BatchMode=yes -o ConnectTimeout=30";

/// What OpenSSH and git say, and what is to be done then.
struct KnownTrouble {
    std::string_view words;
    std::string_view advice;
};

constexpr std::array troubles{
    KnownTrouble{
        "Host key verification failed",
        "ssh does not know the remote's host key, or knows another one: compare it, then run ssh to that "
        "host once as the user whom dray-build runs as"},
    KnownTrouble{"Permission denied (",
                 "the remote takes no key of the user whom dray-build runs as: one without a passphrase in "
                 "~/.ssh, in the agent of SSH_AUTH_SOCK, or named by GIT_SSH_COMMAND"},
    KnownTrouble{": timed out after ", "[host] git_timeout says how long git may take"},
};

}  // namespace

std::map<std::string, std::string> git_environment(const host::Processes& processes) {
    std::map<std::string, std::string> environment{{"GIT_TERMINAL_PROMPT", "0"}, {"LC_ALL", "C.UTF-8"}};
    for (const char* name : {"SSH_AUTH_SOCK", "GIT_SSH_COMMAND", "SUDO_UID"})
        if (const char* value = std::getenv(name)) environment[name] = value;
    if (!environment.contains("GIT_SSH_COMMAND")) {
        const host::Result configured =
            processes.run({.argv = {"git", "config", "--get", "core.sshCommand"}});
        if (!configured.ok() || configured.output.empty()) environment["GIT_SSH_COMMAND"] = ssh_command;
    }
    return environment;
}

Unsure unreachable(const Error& error) {
    const std::string& cause = error.parts().cause;
    const auto known = std::find_if(troubles.begin(), troubles.end(), [&](const KnownTrouble& one) {
        return cause.find(one.words) != std::string::npos;
    });
    if (known == troubles.end() || !error.parts().hint.empty()) return Unsure(error);
    return Unsure(Error(error.parts().attempt, cause, std::string(known->advice)));
}

Error push_refused(const Error& error, const std::string& remote) {
    std::error_code unknown;
    const std::filesystem::path folder = remote;
    const bool here = folder.is_absolute() && std::filesystem::is_directory(folder, unknown);
    if (!tells_of_full_disk(error) && !(here && is_full({folder}))) return error;
    const std::string& attempt = error.parts().attempt;
    const std::string& cause = error.parts().cause;
    if (here) return with_room_told(Error(attempt, cause), {folder});
    return Error(attempt, cause, fmt::format("{}where the git remote is and do the same again", room_wanted));
}

}  // namespace dray::builder
