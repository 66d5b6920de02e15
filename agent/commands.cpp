// The commands of `dray`.
#include "commands.h"

#include "converge/engine.h"
#include "converge/intents.h"
#include "converge/run_lock.h"
#include "finish.h"
#include "host/interrupt.h"
#include "machine.h"
#include "pause.h"
#include "recipe_book.h"
#include "report/journal.h"
#include "report/json.h"
#include "report/runs.h"
#include "report/status.h"
#include "report/terminal.h"
#include "require_root.h"
#include "saved_plan.h"
#include "suggestion.h"
#include "value_json.h"

#include <nlohmann/json.hpp>
#include <spdlog/spdlog.h>

#include <unistd.h>

#include <functional>
#include <iostream>
#include <utility>

namespace dray {
namespace {

/// Hears why no run can begin.
using Hearer = std::function<void(const std::vector<Error>&)>;

/// The run lock, or nothing, which is said, when another run holds it and is not to be waited for.
auto take_lock(const Folders& folders, bool wait, const Hearer& hearer = {}) {
    const auto file = folders.runtime / "lock";
    auto lock = converge::RunLock::take(file, wait);
    if (!lock) {
        const Error held("another run is under way", converge::lock_holder(file) + " holds " + file.string(),
                         "wait for it, or leave out --no-wait");
        spdlog::error("{}", held.text());
        if (hearer) hearer({held});
    }
    return lock;
}

/// Who asked for JSON gets a document also when no run begins.
Hearer tells(bool as_json, int exit_code) {
    return [as_json, exit_code](const std::vector<Error>& errors) {
        if (as_json) std::cout << json_text(report::unbegun_json(exit_code, errors)) << std::flush;
    };
}

void tell_pause(const Pause& pause, bool as_json) {
    if (as_json) {
        auto document = report::unbegun_json(0, {});
        document["paused"] = pause_text(pause);
        std::cout << json_text(document) << std::flush;
        return;
    }
    std::cout << pause_text(pause) << "; `dray resume` ends that, and --force runs all the same" << std::endl;
}

/// Goes on with the recipes that a run has brought itself, once: what they bring in turn is for the next run.
converge::Run begin_anew(converge::Run earlier, const Selection& selection, const Folders& folders,
                         converge::Options options, std::chrono::seconds lock_wait,
                         const std::vector<converge::Observer*>& observers) {
    const auto selected = load_selected(selection, folders);
    if (!selected) {
        earlier.error =
            Error("cannot go on with the recipes that " + earlier.steps.back().resource + " has brought",
                  "there are mistakes in them, said above", "correct them; the next run goes on");
        for (auto* observer : observers)
            observer->finished(earlier);
        return earlier;
    }
    options.recipes_changed = {};
    options.rollback.reset();
    options.recipes = selected->names;
    options.earlier = &earlier;
    Machine machine(folders.state);  // with nothing of what the other recipes have asked apt for
    machine.apt.set_lock_wait(lock_wait);
    return converge::converge(machine.host, selected->book, options, observers);
}

int converge_alone(const ConvergeOptions& options, const Folders& folders,
                   std::optional<host::HttpWorker> worker) {
    Machine machine(folders.state, std::move(worker));  // which ends the worker, however this ends
    const auto lock = take_lock(folders, options.wait, tells(options.json, exit_locked));
    if (!lock) return exit_locked;
    if (const auto pause = paused(machine.files, folders, machine.clock.now());
        pause && !options.dry_run && !options.force) {
        tell_pause(*pause, options.json);
        return 0;
    }
    // The host's own recipes are what the last run asked of; others may need no repository.
    if (!options.dry_run && options.selection.recipes.empty()) machine.poll.prepare();
    const auto key = plan_key(machine.files, folders.state, !options.dry_run);
    const auto refuse = tells(options.json, exit_bad_recipe);
    std::optional<converge::Plan> plan;
    auto selection = options.selection;
    if (options.plan) {
        plan = read_plan(*options.plan, key, refuse);
        if (!plan) return exit_bad_recipe;
        if (selection.recipes.empty()) selection.recipes = plan->recipes;
    }
    const auto selected = load_selected(selection, folders, refuse);
    if (!selected) return exit_bad_recipe;
    if (options.dry_run) warn_of_unused(*selected);
    const std::chrono::seconds lock_wait =
        options.lock_wait.value_or(selected->lock_wait.value_or(host::apt_lock_wait));
    machine.apt.set_lock_wait(lock_wait);
    converge::Options run_options{.dry_run = true,
                                  .recipes = selected->names,
                                  .state_folder = folders.state,
                                  .promise = {.key = key ? &*key : nullptr}};
    if (plan) {
        Machine rehearsed(folders.state);  // what rehearses once does so for good
        rehearsed.apt.set_lock_wait(lock_wait);
        const auto now = converge::converge(rehearsed.host, selected->book, run_options, {});
        if (now.error) throw *now.error;
        const auto moved = plan->moved(converge::plan_of(now));
        if (!moved.empty()) return refuse_plan(*options.plan, moved, options.json);
        const auto open = plan->open();
        if (!open.empty() && !options.allow_unknown && !options.dry_run)
            return refuse_open_plan(*options.plan, open, options.json);
    }

    report::LastRun last_run(machine.files, folders.state / report::last_run_file);
    report::Journal journal;
    report::Terminal terminal(std::cout, ::isatty(STDOUT_FILENO) == 1);
    report::JsonReport json(std::cout);
    report::KeptRuns kept_runs(machine.files, folders.state / "runs");
    std::vector<converge::Observer*> observers = {&last_run, &kept_runs};
    const bool by_systemd = report::started_by_systemd();
    if (by_systemd) observers.push_back(&journal);
    if (options.json)
        observers.push_back(&json);
    else if (!by_systemd)
        observers.push_back(&terminal);

    run_options.dry_run = options.dry_run;
    if (options.rollback)
        run_options.rollback =
            converge::RollbackWish{deployed_package(machine.files, folders, options.rollback->package),
                                   options.rollback->version, options.rollback->reason};
    if (plan && !options.dry_run) run_options.promise.plan = &*plan;
    const auto digest = digest_of(selected->book);
    if (!plan) run_options.recipes_changed = [&] { return digest_of(selected->book) != digest; };
    auto run = converge::converge(machine.host, selected->book, run_options, observers);
    if (run.superseded)
        run = begin_anew(std::move(run), selection, folders, run_options, lock_wait, observers);
    const int code = run.exit_code(options.detailed_exit_code);
    // A rehearsal has a folder to remove, and a signal its own way to end.
    if (options.dry_run || host::interrupted() != 0) return code;
    machine.http.leave();
    finish(code);
}

}  // namespace

int converge_command(const ConvergeOptions& options, const Folders& folders,
                     std::optional<host::HttpWorker> worker) {
    require_root("converge");
    const host::InterruptGuard signals;
    int code = exit_failed;
    try {
        code = converge_alone(options, folders, std::move(worker));
    } catch (const Error& error) {
        if (host::interrupted() == 0) throw;
        spdlog::error("{}", error.text());
    }
    if (code == exit_failed && host::interrupted() != 0) {
        std::cout.flush();
        host::end_by_signal();
    }
    return code;
}

int check_command(const Selection& selection, const Folders& folders) {
    const auto selected = load_selected(selection, folders);
    if (!selected) return exit_bad_recipe;
    warn_of_unused(*selected);
    const auto& book = selected->book;
    for (const auto& each : book.left_out)
        std::cout << "not on this host: " << each.resource << ", as " << each.reason << "\n";
    std::cout << "well-formed: " << book.declarations.size() << " resources in";
    for (const auto& recipe : book.recipes)
        std::cout << " " << recipe.name << (recipe.version.empty() ? "" : " ") << recipe.version;
    std::cout << std::endl;
    return 0;
}

int forget_command(const ForgetOptions& options, const Folders& folders) {
    require_root("forget");
    const host::InterruptGuard signals;
    const auto lock = take_lock(folders, options.wait);
    if (!lock) return exit_locked;
    host::SystemFiles files;
    converge::Intents intents(files, converge::Intents::file_in(folders.state), false);
    const auto owed = intents.owed(options.resource);
    if (owed.empty()) {
        std::vector<std::string> targets;
        for (const auto& intent : intents.all())
            targets.push_back(intent.target);
        throw Error("cannot forget what is owed to " + options.resource, "nothing is",
                    targets.empty() ? "" : did_you_mean(options.resource, targets));
    }
    intents.settle(options.resource);
    for (const auto& [action, sources] : owed)
        for (const auto& source : sources)
            std::cout << "forgotten: " << action << " of " << options.resource << ", for " << source << "\n";
    std::cout << std::flush;
    return 0;
}

int status_command(bool json, const Folders& folders) {
    require_root("status");
    Machine machine(folders.state);
    const auto pause = paused(machine.files, folders, machine.clock.now());
    std::cout << report::status(machine.host, folders.state, pause ? pause_text(*pause) : "", json)
              << std::flush;
    return 0;
}

}  // namespace dray
