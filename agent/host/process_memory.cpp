// Programs that are played by a unit test.
#include "host/process_memory.h"

#include "error.h"

#include <cerrno>

namespace dray::host {

Result ScriptedProcesses::run(const Command& command) const {
    const std::string attempt = "cannot start " + (command.argv.empty() ? "a program" : command.argv.front());
    if (command.argv.empty() || command.argv.front().empty()) throw Error(attempt, "no program is named");
    instants_->reach(command.text());
    commands_.push_back(command);
    const auto found = answers_.find(command.text());
    if (found == answers_.end() && !script_) throw Error::system(attempt, ENOENT);
    Result result = found != answers_.end() ? found->second : script_(command);
    if (command.on_output) {
        if (!result.output.empty()) command.on_output(result.output);
        if (!result.errors.empty()) command.on_output(result.errors);
    }
    return result;
}

void ScriptedProcesses::answer(const std::string& command, Result result) {
    answers_[command] = std::move(result);
}

std::vector<std::string> ScriptedProcesses::texts() const {
    std::vector<std::string> texts;
    for (const auto& command : commands_)
        texts.push_back(command.text());
    return texts;
}

}  // namespace dray::host
