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

void remove_old(const std::filesystem::path& folder, const std::set<std::string>& wanted) {
    std::vector<std::filesystem::path> logs;
    for (const auto& entry : std::filesystem::directory_iterator(folder))
        if (entry.path().extension() == ".log" && !wanted.contains(entry.path().stem().string()))
            logs.push_back(entry.path());
    if (logs.size() < kept_logs) return;
    std::sort(logs.begin(), logs.end());  // their names begin with the time
    logs.resize(logs.size() - kept_logs + 1);
    for (const auto& log : logs)
        std::filesystem::remove(log);
}

}  // namespace

RunLog::RunLog(std::filesystem::path folder, std::string_view name,
               std::function<std::set<std::string>()> wanted)
    : folder_(std::move(folder)),
      path_(folder_ /
            fmt::format("{}-{}-{}.log", host::utc_text(std::chrono::system_clock::now()), name, ::getpid())),
      wanted_(std::move(wanted)) {}

void RunLog::open() {
    const std::string attempt = fmt::format("cannot keep a log in {}", folder_.string());
    try {
        std::filesystem::create_directories(folder_);
        // Tests may print what is not for everybody.
        std::filesystem::permissions(folder_, std::filesystem::perms(0750));
        remove_old(folder_, wanted_ ? wanted_() : std::set<std::string>());
    } catch (const std::filesystem::filesystem_error& error) {
        throw Error::system(attempt, error.code().value());
    }
    file_.open(path_, std::ios::app);
    if (!file_) throw Error::system(attempt, errno);
}

void RunLog::write(std::string_view text) {
    const std::lock_guard guard(mutex_);
    put(text);
}

void RunLog::put(std::string_view text) {
    if (!text.empty()) fresh_line_ = text.back() == '\n';
    if (held_)
        waiting_ += text;
    else
        append(text);
}

void RunLog::append(std::string_view text) {
    if (!file_.is_open()) open();
    file_ << text << std::flush;
}

void RunLog::hold() {
    const std::lock_guard guard(mutex_);
    held_ = true;
}

void RunLog::keep() {
    const std::lock_guard guard(mutex_);
    held_ = false;
    if (!waiting_.empty()) append(waiting_);
    waiting_.clear();
}

std::optional<std::filesystem::path> RunLog::path() const {
    if (!file_.is_open()) return {};
    return path_;
}

RunLog::Voice::Voice(RunLog& log) : log_(log), number_(1) {
    const std::lock_guard guard(log_.mutex_);
    while (!log_.speaking_.insert(number_).second)
        ++number_;
}

RunLog::Voice::~Voice() {
    const std::lock_guard guard(log_.mutex_);
    log_.speaking_.erase(number_);
}

void RunLog::Voice::say(std::string_view piece) {
    if (piece.empty()) return;
    fresh_line_ = piece.back() == '\n';
    if (number_ == 1) {
        log_.write(piece);
        return;
    }
    rest_ += piece;
    const std::size_t end = rest_.rfind('\n');
    if (end == rest_.npos) return;
    log_.write_lines(number_, std::string_view(rest_).substr(0, end + 1));
    rest_.erase(0, end + 1);
}

void RunLog::Voice::say_apart(std::string_view line) {
    say(fmt::format("{}{}\n", fresh_line_ ? "" : "\n", line));
}

void RunLog::write_lines(std::size_t number, std::string_view lines) {
    const std::lock_guard guard(mutex_);
    std::string marked = fresh_line_ ? "" : "\n";
    while (!lines.empty()) {
        const std::size_t end = lines.find('\n') + 1;
        marked += fmt::format("{}| {}", number, lines.substr(0, end));
        lines.remove_prefix(end);
    }
    put(marked);
}

host::Result LoggedProcesses::run(const host::Command& command) const {
    RunLog::Voice voice(log_);
    voice.say(fmt::format("$ {}\n", command.text()));
    host::Command logged = command;
    logged.on_output = [&](std::string_view piece) {
        voice.say(piece);
        if (command.on_output) command.on_output(piece);
    };
    const host::Result result = inner_.run(logged);
    voice.say_apart(fmt::format("[{}]\n", result.outcome()));
    return result;
}

}  // namespace dray::builder
