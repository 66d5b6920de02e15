// From pushes to runs.
#include "builder/trigger.h"

#include "builder/announcement.h"
#include "builder/checks.h"
#include "builder/post_receive.h"
#include "builder/unsure.h"
#include "error.h"
#include "host/interrupt.h"
#include "printable.h"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <sstream>
#include <system_error>

namespace dray::builder {
namespace fs = std::filesystem;
namespace {

constexpr int most_attempts = 5;  // with 5 minutes between them most networks are back
constexpr auto seen_file = "seen";
constexpr auto announce_timeout = std::chrono::minutes(1);

std::string first_line(const std::string& text) {
    return text.substr(0, text.find('\n'));
}

std::string line_of(const RunResult& result) {
    const auto when = std::chrono::system_clock::time_point(std::chrono::seconds(result.begun));
    return fmt::format("{}  {}  {:<8}  {:<9}  {:>4} s  {}\n", host::utc_text(when), short_hash(result.commit),
                       result.result, result.version.empty() ? "-" : result.version, result.took,
                       result.text.empty() ? result.run : first_line(result.text) + "  " + result.run);
}

}  // namespace

Trigger::Trigger(Machine machine, Progress& progress, Request request, fs::path scratch, RunName run)
    : machine_(machine),
      progress_(progress),
      request_(std::move(request)),
      scratch_(std::move(scratch)),
      run_(std::move(run)),
      host_(read_settings({}, request_.host, Need::nothing)),
      state_(machine.files, host_.host.state, request_.repository),
      queue_((state_.prepare(), machine.files), state_.folder() / "queue"),
      history_(machine.files, state_.folder() / "history"),
      own_(machine.files, state_.folder() / "own"),
      spool_(request_.repository) {}

fs::path Trigger::fresh_scratch() {
    const fs::path folder = scratch_ / fmt::format("run-{}", ++runs_);
    fs::create_directory(folder);
    return folder;
}

std::string Trigger::branch() {
    return Pipeline(machine_, progress_, request_, fresh_scratch()).branch();
}

void Trigger::take(const std::vector<RefUpdate>& updates) {
    if (!moves_a_branch(updates)) return;
    if (branch_.empty()) branch_ = branch();
    if (const auto update = push_to(updates, branch_))
        queue_.add({.before = update->before, .after = update->after});
    else
        progress_.note(fmt::format("nothing to release: {} was not pushed", branch_));
}

void Trigger::collect() {
    branch_.clear();  // it may have another name since the last time
    spool_.drain([&](const std::vector<RefUpdate>& updates) { take(updates); },
                 [&](const std::string& note) { progress_.note(note); });
}

Worked Trigger::post_receive(const std::string& lines) {
    if (!lines.empty()) take(parse_ref_updates(lines));
    return work();
}

Worked Trigger::watch() {
    const fs::path seen = state_.folder() / seen_file;
    const std::string before = machine_.files.read(seen).value_or("");
    const auto heads = remote_heads(machine_.processes, request_.repository, host_.host.git_timeout);
    const auto head = [&](const std::string& name) {
        const auto found = heads.find(name);
        return found == heads.end() ? std::string() : found->second;
    };
    // "BRANCH TIP HEAD": the branch's name is in a file of the repository, so it takes a clone to know it.
    std::istringstream words(before);
    std::string known;
    std::string tip;
    std::string at_head;
    words >> known >> tip >> at_head;
    if (known.empty() || head("refs/heads/" + known) != tip || head("HEAD") != at_head) {
        const std::string name = branch();
        const std::string now = head("refs/heads/" + name);
        if (!now.empty() && (name != known || now != tip))
            queue_.add({.before = name == known && !tip.empty() ? tip : std::string(40, '0'), .after = now});
        // Written after the queue: killed in between, the push is seen twice and not lost.
        if (!now.empty())
            machine_.files.write(seen, fmt::format("{} {} {}\n", name, now, head("HEAD")),
                                 {.owner = {}, .group = {}, .mode = 0600});
    }
    return work();
}

Worked Trigger::retry(const std::string& commit) {
    Request request = request_;
    request.commit = commit;
    const std::string id = Pipeline(machine_, progress_, request, fresh_scratch()).commit_id();
    queue_.ask_for({.before = std::string(40, '0'), .after = id, .asked_for = true});
    return work();
}

void Trigger::own(const std::vector<std::string>& commits) {
    for (const std::string& commit : commits)
        if (!is_hash(commit))
            throw Error("cannot note a commit of the release process",
                        fmt::format("{} is not a full hash", commit), "git rev-parse HEAD prints one");
    own_.add(commits);
}

std::optional<Push> Trigger::next() const {
    const std::vector<Push> waiting = queue_.all();
    const auto now =
        std::chrono::floor<std::chrono::seconds>(machine_.clock.now()).time_since_epoch().count();
    const auto due = [&](const Push& push) { return push.not_before <= now; };
    const auto asked = std::find_if(waiting.begin(), waiting.end(),
                                    [&](const Push& push) { return push.asked_for && due(push); });
    if (asked != waiting.end()) return *asked;
    // While the newest waits, those before it do: they are to be part of it.
    if (host_.host.order == "newest")
        return waiting.empty() || !due(waiting.back()) ? std::nullopt : std::optional(waiting.back());
    const auto found = std::find_if(waiting.begin(), waiting.end(), due);
    return found == waiting.end() ? std::nullopt : std::optional(*found);
}

Worked Trigger::work() {
    const fs::path runs = state_.folder() / "runs";
    machine_.files.make_directory(runs, {.owner = {}, .group = {}, .mode = 0700});
    const Lock lock(runs, [&] { progress_.note("waiting for another release on this build host to end"); });
    Worked worked = Worked::nothing;
    collect();
    while (const auto push = next()) {
        host::throw_if_interrupted();
        worked = release(*push);
        collect();
    }
    return worked;
}

Worked Trigger::release(const Push& push) {
    const auto earlier = history_.of(push.after);
    if (earlier && earlier->result == "failed" && !push.asked_for) {
        progress_.note(fmt::format("{} has failed before ({}); dray-build retry {} tries it again",
                                   short_hash(push.after), first_line(earlier->text),
                                   short_hash(push.after)));
        queue_.settle(push.after, {});
        return Worked::failed;
    }
    run_.begins();
    RunResult result{.run = run_.name, .commit = push.after, .result = {}, .version = {}, .text = {}};
    const auto begin = machine_.clock.now();
    result.begun = std::chrono::floor<std::chrono::seconds>(begin).time_since_epoch().count();
    Request request = request_;
    request.commit = push.after;
    Pipeline pipeline(machine_, progress_, request, fresh_scratch());
    try {
        const auto products = pipeline.release_push(push.before, own_);
        result.result = products ? "released" : "skipped";
        if (products) result.version = products->version.text();
        if (!products) result.text = pipeline.why_skipped();
    } catch (const SettingsErrors& errors) {
        result.result = "failed";
        result.text = errors.what();
    } catch (const Unsure& error) {
        result.result = "unknown";
        result.text = error.text();
    } catch (const Released& error) {  // by another build host, while this one worked
        result.result = "skipped";
        result.text = error.parts().cause;
        progress_.note(fmt::format("nothing to release: {}", result.text));
    } catch (const Error& error) {
        result.result = host::interrupted() != 0 ? "unknown" : "failed";
        result.text = error.text();
    } catch (const std::exception& error) {  // of the standard library: a full disk, no memory
        result.result = "unknown";
        result.text = error.what();
    }
    result.took = std::chrono::floor<std::chrono::seconds>(machine_.clock.now() - begin).count();
    return settle(push, std::move(result));
}

Worked Trigger::settle(const Push& push, RunResult result) {
    result.text = printable(result.text);  // a commit's names and words may be in it
    if (!result.text.empty() && result.result != "skipped")
        progress_.note(fmt::format("error: {}", result.text));
    if (result.result == "released") progress_.note(fmt::format("released {}", result.version));
    const bool unknown = result.result == "unknown" && host::interrupted() == 0;
    const bool given_up = unknown && push.attempts + 1 >= most_attempts;
    if (given_up) result.text += fmt::format("\n  given up after {} attempts", most_attempts);
    history_.add(result);  // killed from here on, the next run finds it there
    if (given_up) {
        progress_.note("that was the last attempt; dray-build retry starts again");
    } else if (unknown) {
        Push again = push;
        ++again.attempts;
        again.not_before = result.begun + result.took + host_.host.retry_after.count();
        queue_.settle(push.after, again);
        progress_.note("the result is unknown; it is tried again");
    }
    if (given_up || result.result != "unknown") {
        // What waited before it is part of it. Released later it would be older code by a higher number.
        const std::vector<Push> waiting = queue_.all();
        const bool settles =
            result.result == "released" || (result.result != "skipped" && host_.host.order == "newest");
        for (const Push& other : waiting) {
            if (other.after == push.after) break;
            if (!settles || other.asked_for) continue;
            history_.add({.run = run_.name,
                          .commit = other.after,
                          .result = "folded",
                          .version = result.version,
                          .text = "into " + short_hash(push.after),
                          .begun = result.begun});
            queue_.settle(other.after, {});
        }
        queue_.settle(push.after, {});
    }
    if (result.result == "unknown") host::throw_if_interrupted();  // no result: whoever stopped it knows
    if (result.result != "skipped") announce(result);
    if (result.result == "released") return Worked::released;
    if (result.result == "failed") return Worked::failed;
    return result.result == "unknown" ? Worked::unknown : Worked::nothing;
}

void Trigger::announce(const RunResult& result) const {
    const auto tell = [&](const std::function<void()>& how) {
        try {
            how();
        } catch (const Error& error) {  // the release stands, whoever hears of it
            progress_.note(fmt::format("note: {}", error.what()));
        }
    };
    if (!host_.host.announce.empty())
        tell([&] {
            machine_.processes.check({.argv = host_.host.announce,
                                      .environment = {{"DRAY_RESULT", result.result},
                                                      {"DRAY_COMMIT", result.commit},
                                                      {"DRAY_VERSION", result.version},
                                                      {"DRAY_RUN", result.run}},
                                      .input = result_json(result),
                                      .timeout = announce_timeout,
                                      .after_signal = true},
                                     "cannot announce the result");
        });
    if (const auto& file = host_.host.webhook_file; !file.empty())
        tell([&] { post_result(machine_.http, file, result_json(result)); });
}

void Trigger::look_again_later() const {
    const std::vector<Push> waiting = queue_.all();
    if (waiting.empty() && spool_.size() == 0) return;
    if (!machine_.files.exists("/run/systemd/system")) {
        progress_.note("nothing here looks again by itself: let something run dray-build watch");
        return;
    }
    std::error_code unknown;
    const fs::path self = fs::read_symlink("/proc/self/exe", unknown);  // systemd-run looks at few places
    host::Command command{.argv = {"systemd-run", "--quiet", "--collect",
                                   fmt::format("--on-active={}", host_.host.retry_after.count() + 1),
                                   "--description=Try a push again that had no result", "--",
                                   unknown ? "dray-build" : self.string(), "watch", "--again", "--repository",
                                   request_.repository}};
    if (request_.host) command.argv.insert(command.argv.end(), {"--config", request_.host->file});
    machine_.processes.check(command, "cannot arrange for the next attempt");
}

std::string Trigger::status() const {
    std::string text;
    const auto publication = state_.publication();
    if (publication)
        text += fmt::format("cut off      {} of {}: dray-build resume\n", publication->version.text(),
                            short_hash(publication->commit));
    if (!publication)
        for (const Reservation& reservation : state_.reservations())
            text += fmt::format("reserved     {}\n", reservation.version.text());
    if (const std::size_t pushes = spool_.size(); pushes > 0)
        text += fmt::format("pushed       {} times, not looked at yet\n", pushes);
    text +=
        fmt::format("under way    {}\n",
                    Lock::is_held(state_.folder() / "runs") || Lock::is_held(state_.folder()) ? "yes" : "no");
    for (const Push& push : queue_.all())
        text += fmt::format("waiting      {}{}\n", short_hash(push.after),
                            push.attempts == 0 ? "" : fmt::format(" after {} attempts", push.attempts));
    const std::vector<RunResult> results = history_.all();
    const auto last = [&](const char* name, const char* label) {
        const auto found = std::find_if(results.rbegin(), results.rend(),
                                        [&](const RunResult& r) { return r.result == name; });
        if (found != results.rend()) text += fmt::format("{:<12} {}", label, line_of(*found));
    };
    last("released", "released");
    if (!results.empty() && results.back().result != "released")
        text += "last         " + line_of(results.back());
    return text;
}

std::string Trigger::history() const {
    std::string text;
    for (const RunResult& result : history_.all())
        text += line_of(result);
    return text;
}

}  // namespace dray::builder
