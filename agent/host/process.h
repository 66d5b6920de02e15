// Seam to other programs: one command is started, waited for, and its output kept.
#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace dray::host {

/// A program to run. No shell is involved: `argv` reaches the program as it stands.
struct Command {
    std::vector<std::string> argv;  ///< argv[0] is looked for on PATH unless it has a slash
    std::map<std::string, std::string> environment =
        {};                                 ///< added to a small clean environment, see Processes
    bool inherit_environment = false;       ///< start from this process's environment instead
    std::filesystem::path directory = "/";  ///< working folder
    std::string user = {};                  ///< run as this user, with its groups; "" keeps ours
    std::string input = {};                 ///< standard input; empty is /dev/null
    std::chrono::milliseconds timeout = std::chrono::minutes(10);  ///< then the process group is killed
    bool after_signal = false;  ///< run it to its end also when a signal has come: to undo what cannot stay
    int stop = -1;  ///< a descriptor; when it becomes readable the process group is killed as well
    std::vector<int> success = {0};  ///< the exit codes that Processes::check takes for success
    /// Paths at which something will be once it has succeeded, as far as the caller knows: nothing to the
    /// real thing, but a dry run takes them for made.
    std::vector<std::filesystem::path> makes = {};
    /// Called with each piece of output as it comes (both streams); may be empty.
    std::function<void(std::string_view)> on_output = {};

    /// The command as a person would type it, quoted where needed. Never holds the environment or the input.
    std::string text() const;
};

/// How a command ended.
struct Result {
    int exit_code = 0;  ///< as a shell reports it: 128 + N when signal N ended it
    bool timed_out = false;
    std::string output = {};  ///< standard output; at most `output_limit` bytes, the oldest dropped
    std::string errors = {};  ///< standard error, likewise

    bool ok() const { return exit_code == 0 && !timed_out; }
    /// "exit status 3", "killed by signal 9 (Killed)" or "timed out".
    std::string outcome() const;
};

/// What is kept of each output stream: enough for any compiler's or dpkg's tail, and bounded.
constexpr std::size_t output_limit = 4u << 20;

/// Starts programs. The clean environment has PATH (the system's folders only), LANG=C.UTF-8, HOME and
/// TERM=dumb, so that what a person has set in their shell changes nothing.
class Processes {
  public:
    virtual ~Processes() = default;

    /// Runs `command` to its end. The child is in a process group of its own; it is killed with its children
    /// (SIGTERM, after five seconds SIGKILL) when the timeout passes or when this call is left by an
    /// exception. Throws Error when the program cannot be started (not found, no such user, …), never for its
    /// exit code.
    virtual Result run(const Command& command) const = 0;

    /// Whether there is such a program to be started, as far as that can be told without doing it.
    virtual bool finds(const Command&) const { return true; }

    /// Throws Error when commands are not run any more, since nobody wants what comes of them: for whoever
    /// waits for something else in between.
    virtual void throw_if_stopped() const {}

    /// As `run`, and throws Error with the tail of the program's output when it does not exit with one
    /// of `command.success`. `attempt` says what it was for: "cannot create user warehouse".
    Result check(const Command& command, std::string_view attempt) const;
};

/// The real thing: fork, exec, poll.
class SystemProcesses final : public Processes {
  public:
    Result run(const Command& command) const override;
    bool finds(const Command& command) const override;
};

}  // namespace dray::host
