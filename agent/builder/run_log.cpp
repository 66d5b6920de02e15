// The full log of a run.
#include "builder/run_log.h"

#include "error.h"
#include "host/clock.h"

#include <spdlog/fmt/fmt.h>

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <vector>

namespace dray::builder {
namespace {

void remove_old(const std::filesystem::path& folder) {
    std::vector<std::filesystem::path> logs;
    for (const auto& entry : std::filesystem::directory_iterator(folder))
        if (entry.path().extension() == ".log") logs.push_back(entry.path());
    if (logs.size() < kept_logs) return;
    std::sort(logs.begin(), logs.end());  // their names begin with the time
    logs.resize(logs.size() - kept_logs + 1);
    for (const auto& log : logs)
        std::filesystem::remove(log);
}

}  // namespace

RunLog::RunLog(const std::filesystem::path& folder, std::string_view name) {
    const std::string attempt = fmt::format("cannot keep a log in {}", folder.string());
    try {
        std::filesystem::create_directories(folder);
        remove_old(folder);
    } catch (const std::filesystem::filesystem_error& error) {
        throw Error::system(attempt, error.code().value());
    }
    const std::string time = host::utc_text(std::chrono::system_clock::now());
    path_ = folder / fmt::format("{}-{}-{}.log", time, name, ::getpid());
    file_.open(path_, std::ios::app);
    if (!file_) throw Error::system(attempt, errno);
}

void RunLog::write(std::string_view text) {
    file_ << text << std::flush;
}

host::Result LoggedProcesses::run(const host::Command& command) const {
    log_.write(fmt::format("$ {}\n", command.text()));
    host::Command logged = command;
    bool fresh_line = true;
    logged.on_output = [&](std::string_view piece) {
        log_.write(piece);
        if (!piece.empty()) fresh_line = piece.back() == '\n';
        if (command.on_output) command.on_output(piece);
    };
    const host::Result result = inner_.run(logged);
    log_.write(fmt::format("{}[{}]\n\n", fresh_line ? "" : "\n", result.outcome()));
    return result;
}

}  // namespace dray::builder
