// One change of packages, made by dray-apt where nothing that happens to the agent can cut it short.
#include "host/apt_change.h"

#include "error.h"
#include "host/clock.h"
#include "host/file.h"
#include "host/output_lines.h"

#include <spdlog/fmt/fmt.h>

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <utility>
#include <vector>

namespace dray::host {
namespace {

namespace fs = std::filesystem;

constexpr auto unit_name = "dray-apt.service";
// The unit may be at work for a run that is gone, and once more for another that came in between.
constexpr int most_starts = 3;
// As apt's own apt-daily-upgrade.service: a shutdown waits that long for dpkg.
constexpr auto stop_limit = std::chrono::minutes(15);
constexpr std::size_t kept_requests = 10;  // a day's worth of failures to look at; /run is memory
constexpr std::size_t tail_lines = 15;     // what dpkg says last fits a screen
constexpr auto child_limit =
    std::chrono::hours(12);  // dray-apt has its own limits; this one is for one that hangs

std::string read_from(const fs::path& path, std::streamoff position) {
    std::ifstream file(path, std::ios::binary);
    if (!file.seekg(position)) return {};
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
}

/// What an answer tells, a line each.
std::vector<std::string> answer_lines(const AptAnswer& answer) {
    std::vector<std::string> lines = answer.done;
    // Of a change that has failed the answer has no list, as dpkg did not get to its end.
    for (const auto& change : answer.result.changes)
        lines.push_back(change_text(change));
    for (auto& note : result_notes(answer.result))
        lines.push_back(std::move(note));
    if (answer.failure)
        lines.push_back(fmt::format("{}: {}", answer.failure->attempt, answer.failure->cause));
    return lines;
}

/// Tells whole lines that say something.
OutputLines told_to(const AptProgress& progress) {
    return OutputLines([&progress](std::string_view line) {
        if (!line.empty() && progress) progress(line);
    });
}

std::string last_lines(const fs::path& log) {
    std::vector<std::string> lines;
    std::ifstream file(log);
    for (std::string line; std::getline(file, line);) {
        lines.push_back(line);
        if (lines.size() > tail_lines) lines.erase(lines.begin());
    }
    std::string text;
    for (const std::string& line : lines)
        text += "\n  | " + line;
    return text;
}

}  // namespace

struct AptChangeRun::Files {
    Files(const fs::path& folder, const std::string& id)
        : request(folder / (id + ".request")),
          answer(folder / (id + ".answer")),
          told(folder / (id + ".told")),
          log(folder / (id + ".log")) {}

    fs::path request;
    fs::path answer;  ///< as long as nobody has taken note of it
    fs::path told;    ///< the same afterwards
    fs::path log;
};

std::string new_request_id() {
    static int counter = 0;
    return fmt::format("{}-{}-{}", utc_text(std::chrono::system_clock::now()), ::getpid(), ++counter);
}

std::map<std::string, std::string> helper_environment() {
    std::map<std::string, std::string> environment;
    for (const char* name :
         {"APT_CONFIG", "http_proxy", "https_proxy", "ftp_proxy", "no_proxy", "all_proxy"}) {
        if (const char* value = std::getenv(name)) environment.emplace(name, value);
    }
    return environment;
}

void throw_failure(const AptAnswer& answer) {
    if (!answer.failure) return;
    const AptFailure& failure = *answer.failure;
    if (failure.lists_outdated) throw ListsOutdated(failure.attempt, failure.cause, failure.hint);
    if (failure.unreachable) throw RepositoryUnreachable(failure.attempt, failure.cause, failure.hint);
    if (failure.beyond_plan) throw BeyondPlan(failure.attempt, failure.cause, failure.hint);
    throw Error(failure.attempt, failure.cause, failure.hint);
}

AptChangeRun::AptChangeRun(const Processes& processes, Systemd& systemd, fs::path helper, fs::path folder)
    : processes_(processes), systemd_(systemd), helper_(std::move(helper)), folder_(std::move(folder)) {}

AptAnswer AptChangeRun::fulfil(const AptRequest& request, const AptProgress& progress) const {
    fs::create_directories(folder_);
    fs::permissions(folder_, fs::perms::owner_all);
    prune();
    const Files files(folder_, request.id);
    SystemFiles().write(files.request, to_json(request), {.owner = {}, .group = {}, .mode = 0600});
    const bool booted = systemd_.booted();
    for (int start = 0; start < most_starts && !fs::exists(files.answer); ++start) {
        // The log is the first thing that dray-apt makes: with one and no answer, it has died of our request.
        if (fs::exists(files.log)) break;
        booted ? run_as_unit(files, progress) : run_as_child(files, progress);
    }
    const std::string text = read_from(files.answer, 0);
    if (text.empty()) {
        throw Error("cannot change packages", "dray-apt ended without an answer" + last_lines(files.log),
                    booted ? fmt::format("journalctl -u {} says more", unit_name) : std::string());
    }
    AptAnswer answer = answer_from_json(text, request.id);
    fs::rename(files.answer, files.told);
    if (answer.failure)
        for (const auto& note : result_notes(answer.result))
            answer.failure->cause += "; " + note;
    if (answer.failure && answer.failure->dpkg_ran)
        answer.failure->cause +=
            "; its last words (all of them are in " + files.log.string() + "):" + last_lines(files.log);
    throw_failure(answer);
    return answer;
}

std::vector<std::string> AptChangeRun::unreported() const {
    std::vector<std::string> lines;
    std::vector<fs::path> answers;
    std::error_code ignored;  // a folder that is not there holds no answers
    for (const auto& entry : fs::directory_iterator(folder_, ignored))
        if (entry.path().extension() == ".answer") answers.push_back(entry.path());
    std::sort(answers.begin(), answers.end());
    for (const auto& path : answers) {
        const auto told = Files(folder_, path.stem()).told;
        fs::rename(path, told);  // first, as one that cannot be read would be told for ever
        for (auto& line : answer_lines(answer_from_json(read_from(told, 0))))
            lines.push_back(std::move(line));
    }
    return lines;
}

void AptChangeRun::run_as_unit(const Files& files, const AptProgress& progress) const {
    TransientUnit unit;
    unit.name = unit_name;
    unit.description = "Change of packages for dray";
    unit.stop_limit = stop_limit;
    unit.argv = {helper_, "--request", files.request, "--answer", files.answer, "--log", files.log};
    for (const auto& [name, value] : helper_environment())
        unit.environment.emplace_back(name, value);
    std::streamoff position = 0;
    auto lines = told_to(progress);
    const auto pass_on = [&] {
        const std::string added = read_from(files.log, position);
        position += static_cast<std::streamoff>(added.size());
        lines.add(added);
    };
    // Whether the unit succeeded is told by the answer, which also says whose it is.
    systemd_.run_transient(unit, pass_on);
    pass_on();
    lines.finish();
}

void AptChangeRun::run_as_child(const Files& files, const AptProgress& progress) const {
    auto lines = told_to(progress);
    Command command;
    command.argv = {helper_,      "--request", files.request, "--answer",
                    files.answer, "--log",     files.log,     "--detach"};
    command.environment = helper_environment();
    command.timeout = child_limit;
    command.on_output = [&](std::string_view piece) { lines.add(piece); };
    const Result result = processes_.run(command);
    lines.finish();
    if (!result.ok() && !fs::exists(files.answer) && !fs::exists(files.log))
        throw Error("cannot change packages", "dray-apt: " + result.outcome() + ": " + result.errors);
}

void AptChangeRun::prune() const {
    std::vector<fs::path> requests;
    for (const auto& entry : fs::directory_iterator(folder_)) {
        if (entry.path().extension() == ".request") requests.push_back(entry.path());
    }
    if (requests.size() < kept_requests) return;
    std::sort(requests.begin(), requests.end());
    requests.resize(requests.size() - kept_requests + 1);
    for (const fs::path& request : requests) {
        const Files files(folder_, request.stem());
        for (const fs::path& path : {files.request, files.answer, files.told, files.log})
            fs::remove(path);
    }
}

}  // namespace dray::host
