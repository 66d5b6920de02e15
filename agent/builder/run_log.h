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

    /// What one command says in the log, from its begin to its end. Of several at the same time each but the
    /// first has its number before each of its lines: "2| ".
    class Voice {
      public:
        explicit Voice(RunLog& log);
        ~Voice();
        Voice(const Voice&) = delete;
        Voice& operator=(const Voice&) = delete;

        void say(std::string_view piece);
        /// The same on a line of its own.
        void say_apart(std::string_view line);

      private:
        RunLog& log_;
        std::size_t number_;
        std::string rest_;  ///< of a line that is not complete
        bool fresh_line_ = true;
    };

  private:
    void open();
    void append(std::string_view text);
    void put(std::string_view text);
    void write_lines(std::size_t number, std::string_view lines);

    std::filesystem::path folder_;
    std::filesystem::path path_;
    std::function<std::set<std::string>()> wanted_;
    std::ofstream file_;
    bool held_ = false;
    std::string waiting_;
    std::set<std::size_t> speaking_;
    bool fresh_line_ = true;
    std::mutex mutex_;  ///< commands run at the same time
};

constexpr std::size_t kept_logs = 100;  // beside those that are wanted; each is some hundred kB at most

/// Runs commands by `inner` and writes them, their output and how they ended into a log. Neither the
/// environment nor the input of a command is written: they may hold secrets.
class LoggedProcesses final : public host::Processes {
  public:
    LoggedProcesses(const host::Processes& inner, RunLog& log) : inner_(inner), log_(log) {}
    host::Result run(const host::Command& command) const override;
    void throw_if_stopped() const override { inner_.throw_if_stopped(); }

  private:
    const host::Processes& inner_;
    RunLog& log_;
};

}  // namespace dray::builder
