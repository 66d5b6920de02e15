// The full log of a run: every command with all of its output, kept on disk after the run.
#pragma once

#include "host/process.h"

#include <filesystem>
#include <fstream>
#include <string_view>

namespace dray::builder {

/// A log file in a folder that keeps the newest ones.
class RunLog {
  public:
    /// Opens a new file in `folder` (made when missing) and removes the oldest beyond `kept_logs`.
    /// `name` is part of the file's name. Throws Error when the file cannot be made.
    RunLog(const std::filesystem::path& folder, std::string_view name);

    /// Appends, and hands it to the kernel at once, so that the log of a killed run ends where the run did.
    void write(std::string_view text);

    const std::filesystem::path& path() const { return path_; }

  private:
    std::filesystem::path path_;
    std::ofstream file_;
};

constexpr std::size_t kept_logs = 100;  // a few months of releases; each is some hundred kB at most

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
