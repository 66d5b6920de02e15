// The full log of a run: every command with all of its output, kept on disk after the run.
#pragma once

#include "host/process.h"

#include <filesystem>
#include <fstream>
#include <functional>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>

namespace dray::builder {

/// A log file in a folder that keeps the newest ones.
class RunLog {
  public:
    /// `name` is part of the file's name. Nothing is made before there is something to write. `wanted` names
    /// the runs whose logs stay however old they are; it is asked when a file is made.
    RunLog(std::filesystem::path folder, std::string_view name,
           std::function<std::set<std::string>()> wanted = {});

    /// From now on what is written waits in memory until `keep`: a look that finds nothing to do leaves no
    /// log.
    void hold();

    /// Writes what waits, and everything from now on at once.
    void keep();

    /// Appends, and hands it to the kernel at once, so that the log of a killed run ends where the run did.
    /// The first time it makes the file (and the folder, when missing), and removes the oldest logs beyond
    /// `kept_logs`. Throws Error when the file cannot be made.
    void write(std::string_view text);

    /// The name of the run: that of the file, without its ending.
    std::string name() const { return path_.stem().string(); }

    /// The file; nothing when nothing was written.
    std::optional<std::filesystem::path> path() const;

  private:
    void open();
    void append(std::string_view text);

    std::filesystem::path folder_;
    std::filesystem::path path_;
    std::function<std::set<std::string>()> wanted_;
    std::ofstream file_;
    bool held_ = false;
    std::string waiting_;
    std::mutex mutex_;  ///< two signatures are made at the same time
};

constexpr std::size_t kept_logs = 100;  // beside those that are wanted; each is some hundred kB at most

/// Runs commands by `inner` and writes them, their output and how they ended into a log. Neither the
/// environment nor the input of a command is written: they may hold secrets.
class LoggedProcesses final : public host::Processes {
  public:
    LoggedProcesses(const host::Processes& inner, RunLog& log) : inner_(inner), log_(log) {}
    host::Result run(const host::Command& command) const override;

  private:
    const host::Processes& inner_;
    RunLog& log_;
};

}  // namespace dray::builder
