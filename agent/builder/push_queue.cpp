// Pushes that wait to be released, and what became of those before them.
#include "builder/push_queue.h"

#include "builder/post_receive.h"
#include "builder/scratch.h"
#include "builder/unsure.h"
#include "error.h"
#include "printable.h"

#include <nlohmann/json.hpp>
#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <sstream>
#include <utility>

namespace dray::builder {
namespace fs = std::filesystem;
namespace {

const host::Ownership private_file{.owner = {}, .group = {}, .mode = 0600};
constexpr auto queue_file = "pushes.json";
constexpr auto history_file = "history.jsonl";
constexpr auto own_file = "own-commits";
constexpr std::size_t kept_own = 10'000;

std::string dump(const nlohmann::ordered_json& json) {
    return json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

std::vector<std::string> lines_of(const std::string& text) {
    std::istringstream in(text);
    std::vector<std::string> lines;
    for (std::string line; std::getline(in, line);)
        if (!line.empty()) lines.push_back(line);
    return lines;
}

/// What `take` makes of a line of JSON; nothing when that is damaged, or of other types than it wants.
template <typename Take>
auto from_json(const std::string& line, Take take) -> std::optional<decltype(take(nlohmann::json()))> {
    try {
        return take(nlohmann::json::parse(line));
    } catch (const nlohmann::json::exception&) {
        return {};
    }
}

std::optional<Push> push_of(const std::string& line) {
    auto push = from_json(line, [](const nlohmann::json& json) {
        return Push{json.value("before", ""), json.at("after"), json.value("attempts", 0),
                    json.value("not_before", std::int64_t{0}), json.value("asked_for", false)};
    });
    if (push && !is_hash(push->after)) return {};
    return push;
}

/// What is in the file of a queue.
struct Waiting {
    std::vector<Push> pushes;
    std::vector<std::string> others;  ///< lines that are no pushes
};

Waiting read_queue(const std::string& text) {
    Waiting waiting;
    for (const std::string& line : lines_of(text)) {
        if (auto push = push_of(line))
            waiting.pushes.push_back(std::move(*push));
        else
            waiting.others.push_back(line);
    }
    return waiting;
}

}  // namespace

PushQueue::PushQueue(host::Files& files, fs::path folder) : files_(files), folder_(std::move(folder)) {
    files_.make_directory(folder_, {.owner = {}, .group = {}, .mode = 0700}, true);
}

std::vector<Push> PushQueue::all() const {
    const Waiting waiting = read_queue(files_.read(folder_ / queue_file).value_or(""));
    return waiting.others.empty() ? waiting.pushes : set_aside();
}

std::vector<Push> PushQueue::set_aside() const {
    const fs::path file = folder_ / queue_file;
    const fs::path aside = file.string() + ".broken";
    const Lock lock(folder_, [] {});
    const std::string text = files_.read(file).value_or("");
    const Waiting waiting = read_queue(text);
    if (waiting.others.empty()) return waiting.pushes;  // somebody else has just done it
    files_.write(aside, text, private_file);
    write(waiting.pushes, {});
    const std::string first = printable(waiting.others.front());
    throw Unsure(
        Error(fmt::format("cannot read {}", file.string()), fmt::format("this is no push: {}", first),
              fmt::format("it was set aside as {}, and the pushes in it still wait; one that was lost "
                          "is part of the next push, and dray-build retry COMMIT releases it now",
                          aside.string())));
}

void PushQueue::write(const std::vector<Push>& pushes, const std::vector<std::string>& others) const {
    std::string text;
    for (const std::string& line : others)
        text += line + '\n';
    for (const Push& push : pushes)
        text += dump({{"before", push.before},
                      {"after", push.after},
                      {"attempts", push.attempts},
                      {"not_before", push.not_before},
                      {"asked_for", push.asked_for}});
    files_.write(folder_ / queue_file, text, private_file);
}

void PushQueue::change(const std::function<void(std::vector<Push>&)>& how) {
    const Lock lock(folder_, [] {});
    Waiting waiting = read_queue(files_.read(folder_ / queue_file).value_or(""));
    how(waiting.pushes);
    write(waiting.pushes, waiting.others);  // all() says what is wrong with the others
}

void PushQueue::add(const Push& push) {
    change([&](std::vector<Push>& pushes) {
        std::erase_if(pushes, [&](const Push& other) { return other.after == push.after; });
        pushes.push_back(push);
    });
}

void PushQueue::ask_for(const Push& push) {
    change([&](std::vector<Push>& pushes) {
        const auto found = std::find_if(pushes.begin(), pushes.end(),
                                        [&](const Push& other) { return other.after == push.after; });
        if (found == pushes.end())
            pushes.insert(pushes.begin(), push);
        else
            *found = push;
    });
}

void PushQueue::settle(const std::string& after, const std::optional<Push>& instead) {
    change([&](std::vector<Push>& pushes) {
        const auto found =
            std::find_if(pushes.begin(), pushes.end(), [&](const Push& push) { return push.after == after; });
        if (found == pushes.end()) return;
        if (instead)
            *found = *instead;
        else
            pushes.erase(found);
    });
}

std::string result_json(const RunResult& result) {
    return dump({{"run", result.run},
                 {"commit", result.commit},
                 {"result", result.result},
                 {"version", result.version},
                 {"text", result.text},
                 {"begun", result.begun},
                 {"took", result.took}});
}

History::History(host::Files& files, fs::path folder) : files_(files), folder_(std::move(folder)) {
    files_.make_directory(folder_, {.owner = {}, .group = {}, .mode = 0700}, true);
}

std::vector<RunResult> History::all() const {
    std::vector<RunResult> results;
    for (const std::string& line : lines_of(files_.read(folder_ / history_file).value_or("")))
        if (auto result = from_json(line, [](const nlohmann::json& json) {
                return RunResult{json.value("run", ""),
                                 json.value("commit", ""),
                                 json.value("result", ""),
                                 json.value("version", ""),
                                 json.value("text", ""),
                                 json.value("begun", std::int64_t{0}),
                                 json.value("took", std::int64_t{0})};
            }))
            results.push_back(std::move(*result));
    return results;
}

void History::add(const RunResult& result) {
    const Lock lock(folder_, [] {});
    std::vector<std::string> lines = lines_of(files_.read(folder_ / history_file).value_or(""));
    if (lines.size() >= kept_results)
        lines.erase(lines.begin(), lines.end() - static_cast<std::ptrdiff_t>(kept_results) + 1);
    std::string text;
    for (const std::string& line : lines)
        text += line + '\n';
    files_.write(folder_ / history_file, text + result_json(result), private_file);
}

std::optional<RunResult> History::of(const std::string& commit) const {
    const std::vector<RunResult> results = all();
    const auto found = std::find_if(results.rbegin(), results.rend(),
                                    [&](const RunResult& r) { return r.commit == commit; });
    if (found == results.rend()) return {};
    return *found;
}

std::set<std::string> named_runs(const host::Files& files, const fs::path& base) {
    std::set<std::string> runs;
    for (const std::string& repository : files.list(base)) {
        const auto status = files.status(base / repository);
        if (!status || status->type != host::FileType::directory) continue;
        for (const std::string& line :
             lines_of(files.read(base / repository / "history" / history_file).value_or("")))
            if (auto run = from_json(line, [](const nlohmann::json& json) { return json.value("run", ""); }))
                runs.insert(std::move(*run));
    }
    return runs;
}

OwnCommits::OwnCommits(host::Files& files, fs::path folder) : files_(files), folder_(std::move(folder)) {
    files_.make_directory(folder_, {.owner = {}, .group = {}, .mode = 0700}, true);
}

void OwnCommits::add(const std::vector<std::string>& commits) {
    const Lock lock(folder_, [] {});
    std::vector<std::string> all = lines_of(files_.read(folder_ / own_file).value_or(""));
    all.insert(all.end(), commits.begin(), commits.end());
    if (all.size() > kept_own) all.erase(all.begin(), all.end() - static_cast<std::ptrdiff_t>(kept_own));
    std::string text;
    for (const std::string& commit : all)
        text += commit + '\n';
    files_.write(folder_ / own_file, text, private_file);
}

bool OwnCommits::only_ours(const std::vector<std::string>& commits) const {
    const std::vector<std::string> all = lines_of(files_.read(folder_ / own_file).value_or(""));
    return !commits.empty() && std::all_of(commits.begin(), commits.end(), [&](const std::string& commit) {
        return std::find(all.begin(), all.end(), commit) != all.end();
    });
}

}  // namespace dray::builder
