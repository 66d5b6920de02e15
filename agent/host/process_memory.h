// Programs that are played by a unit test.
#pragma once

#include "host/process.h"
#include "host/instants_memory.h"

#include <functional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace dray::host {

/// Starts nothing: answers as told, and remembers what was asked.
class ScriptedProcesses final : public Processes {
  public:
    /// Throws Error "cannot start …: No such file or directory" for a command that nothing was told about.
    Result run(const Command& command) const override;

    /// `command`, as Command::text() has it, ends like this from now on.
    void answer(const std::string& command, Result result = {});
    /// For all other commands: what the function returns or throws.
    void answer_others(std::function<Result(const Command&)> script) { script_ = std::move(script); }

    /// There is no such program, as far as `finds` says.
    void lack(const std::string& program) { missing_.insert(program); }
    bool finds(const Command& command) const override { return !missing_.contains(command.argv.at(0)); }

    /// Each change is told to `instants`, which is to outlive this.
    void watch(const Instants& instants) { instants_ = &instants; }
    /// The commands that were run, in order.
    const std::vector<Command>& commands() const { return commands_; }
    /// The same as texts.
    std::vector<std::string> texts() const;

  private:
    std::map<std::string, Result> answers_;
    std::set<std::string> missing_;
    std::function<Result(const Command&)> script_;
    mutable std::vector<Command> commands_;
    const Instants nobody_{};
    const Instants* instants_ = &nobody_;
};

}  // namespace dray::host
