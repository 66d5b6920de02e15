// The run itself.
#include "converge/engine.h"

#include "converge/guards.h"
#include "converge/intents.h"
#include "host/interrupt.h"
#include "host/overlay_host.h"
#include "resources/registry.h"

#include <spdlog/fmt/fmt.h>

#include <unistd.h>

#include <algorithm>
#include <map>
#include <optional>
#include <set>

namespace dray::converge {
namespace {

using recipe::Bound;
using resources::Resource;
using resources::State;

/// One resource of the run, with what stands around it in the recipe.
struct Item {
    const recipe::Declaration* declaration;
    Bound bound;
    std::unique_ptr<Resource> resource;
    std::string id;
    std::vector<std::string> packages;  ///< whose versions its values ask for
};

/// Whether a failure of this kind keeps what refers to the resource from running.
bool stops_dependents(Outcome outcome) {
    return outcome == Outcome::failed || outcome == Outcome::unreachable || outcome == Outcome::blocked;
}

/// Whether a dry run has left it open that the resource changes.
bool is_open(Outcome outcome) {
    return outcome == Outcome::conditional || outcome == Outcome::unknown;
}

class Engine {
  public:
    /// `overlay` is the host of a dry run, whose `host` then is; a null pointer otherwise.
    Engine(host::Host& host, host::OverlayHost* overlay, const recipe::Book& book, const Options& options,
           const std::vector<Observer*>& observers)
        : host_(host),
          ledger_(overlay != nullptr ? &overlay->ledger() : nullptr),
          options_(options),
          observers_(observers),
          renderer_(scope(book.scope)) {
        for (std::size_t i = 0; i < book.declarations.size(); ++i) {
            const auto& bound = book.bound.at(i);
            items_.push_back({&book.declarations[i], bound, resources::make(bound.properties), bound.id(),
                              book.declarations[i].packages()});
            for (const auto& subscription : bound.subscriptions)
                if (!subscription.action.empty())
                    consequences_[subscription.source].push_back(
                        {bound.id(), subscription.action, subscription.source});
        }
        run_.started = host.clock().now();
        run_.id = fmt::format("{}-{}", host::utc_text(run_.started), ::getpid());
        run_.dry_run = options.dry_run;
        run_.recipes = options.recipes;
    }

    Run run() {
        tell([&](Observer& observer) { observer.started(run_); });
        try {
            body();
        } catch (const Error& error) {
            run_.error = error;
        } catch (const std::exception& error) {
            run_.error =
                Error("cannot finish the run", error.what(), "this is a fault of dray: please report it");
        }
        still_owed();
        run_.sources = host_.apt().verdicts();
        run_.finished = host_.clock().now();
        tell([&](Observer& observer) { observer.finished(run_); });
        return std::move(run_);
    }

  private:
    template <typename Call>
    void tell(Call call) const {
        for (Observer* observer : observers_)
            call(*observer);
    }

    recipe::Scope scope(recipe::Scope scope) const {
        scope.package_version = [this](const std::string& package) -> std::optional<std::string> {
            const auto version = host_.apt().installed(package);
            return version.empty() ? std::nullopt : std::optional(version);
        };
        return scope;
    }

    void body() {
        if (options_.dry_run)
            host_.apt().rehearse();
        else
            repair();
        intents_.emplace(host_.files(), options_.state_folder / "intents.json", options_.dry_run);
        for (const auto& item : items_)
            item.resource->expect(host_);
        for (auto& item : items_) {
            host::throw_if_interrupted();
            step(item);
        }
        late_notifications();
    }

    void still_owed() {
        if (!intents_) return;  // the run ended before it
        if (intents_->corrupt())
            run_.still_owed.push_back("what earlier runs left undone, but their record could not be read: " +
                                      (options_.state_folder / "intents.json.corrupt").string());
        for (const auto& intent : intents_->all())
            run_.still_owed.push_back(intent.action + " of " + intent.target + ", because " + intent.source +
                                      " changed");
    }

    void repair() {
        if (!host_.apt().needs_repair()) return;
        const auto progress = [&](std::string_view line) {
            if (ledger_ != nullptr) return;  // what is only pretended says nothing
            tell([&](Observer& observer) { observer.progress(run_, "repair", line); });
        };
        try {
            for (auto& line : host_.apt().repair(progress)) {
                tell([&](Observer& observer) { observer.repaired(run_, line); });
                run_.repairs.push_back(std::move(line));
            }
        } catch (const Error& error) {
            host::throw_if_interrupted();
            run_.error =
                error.during("cannot heal what an earlier run of dpkg left");  // the rest still converges
        }
    }

    void step(Item& item) {
        tell([&](Observer& observer) { observer.step_started(run_, item.id); });
        const auto begin = host_.clock().steady();
        if (ledger_ != nullptr) ledger_->begin(item.id);
        Step step;
        step.resource = item.id;
        step.recipe = item.declaration->recipe;
        step.where = item.declaration->where();
        step.verb = item.resource->verb();
        try {
            converge(item, step);
        } catch (const resources::RepositoryUnreachable& error) {
            step.outcome = Outcome::unreachable;
            step.error = error.at(step.where);
        } catch (const Error& error) {
            step.outcome = Outcome::failed;
            step.error = error.during("cannot converge " + item.id).at(step.where);
        } catch (const std::exception& error) {
            step.outcome = Outcome::failed;
            step.error =
                Error("cannot converge " + item.id, error.what(), "this is a fault of dray: please report it")
                    .at(step.where);
        }
        if (ledger_ != nullptr) weigh_doubts(item, step);
        step.duration = std::chrono::duration_cast<std::chrono::milliseconds>(host_.clock().steady() - begin);
        outcomes_[item.id] = step.outcome;
        run_.steps.push_back(std::move(step));
        tell([&](Observer& observer) { observer.step_finished(run_, run_.steps.back()); });
        if (run_.steps.back().outcome == Outcome::failed) host::throw_if_interrupted();
    }

    void converge(Item& item, Step& step) {
        for (const auto& source : needs(item)) {
            const auto found = outcomes_.find(source);
            if (found == outcomes_.end() || !stops_dependents(found->second)) continue;
            step.outcome = Outcome::blocked;
            step.reason = source + " is " + std::string(outcome_text(found->second));
            return;
        }
        bind_late(item);
        const State now = item.resource->inspect(host_);
        const State wanted = item.resource->wanted(host_);
        step.changes = differences(now, wanted);
        const auto owed = owed_to(item);
        std::set<std::string> names;
        for (const auto& [action, sources] : owed)
            names.insert(action);
        const auto actions = item.resource->actions(names, step.changes);
        if (step.changes.empty() && actions.empty()) return intents_->settle(item.id);

        if (ledger_ != nullptr && item.resource->is_check()) {
            step.outcome = Outcome::unknown;
            step.reason = "would be asked until it answers as expected";
            return;
        }
        if (!guards_hold(item, step)) {
            step.changes.clear();
            return intents_->settle(item.id);
        }
        change(item, step, now, actions, owed);
    }

    /// The resources without which this one makes no sense: those it refers to, and packages whose version it
    /// names.
    static std::set<std::string> needs(const Item& item) {
        std::set<std::string> sources;
        for (const auto& subscription : item.bound.subscriptions)
            sources.insert(subscription.source);
        for (const auto& package : item.packages)
            sources.insert("package[" + package + "]");
        return sources;
    }

    using Owed = std::map<std::string, std::set<std::string>>;  // action to the sources that changed

    /// What earlier runs left undone, and what this run has changed so far. An action that the type does not
    /// have comes from another version's record, and is crossed out with the others.
    Owed owed_to(const Item& item) const {
        Owed owed = intents_->owed(item.id);
        std::erase_if(owed, [&item](const auto& each) {
            const auto& keys = item.declaration->schema->keys;
            return each.first.empty() ||
                   std::ranges::find(keys, each.first, &recipe::Key::action) == keys.end();
        });
        return owed;
    }

    static std::string because(const std::string& action, const Owed& owed) {
        std::string text;
        for (const auto& source : owed.at(action))
            text += (text.empty() ? "" : " and ") + source;
        return action + ", because " + text + " changed";
    }

    /// What a dry run cannot know makes a step conditional or unknown.
    void weigh_doubts(const Item& item, Step& step) {
        const auto& doubts = ledger_->doubts();
        const bool doubtful = !doubts.empty() && step.outcome != Outcome::skipped &&
                              step.outcome != Outcome::blocked && step.outcome != Outcome::unreachable;
        if (doubtful) {
            const bool no_state =
                std::ranges::find(doubts, host::Doubt::Weight::state, &host::Doubt::weight) != doubts.end();
            const bool failed = step.outcome == Outcome::failed;
            if (no_state || failed || (step.changes.empty() && step.actions.empty())) {
                step.outcome = Outcome::unknown;
                step.changes.clear();
                step.actions.clear();
                step.error.reset();
                if (!item.resource->is_check()) intents_->add(consequences(item.id));
            } else {
                step.outcome = Outcome::conditional;
            }
            if (item.resource->is_check()) step.reason.clear();
            step.reason += (step.reason.empty() ? "" : "; ") + host::doubts_text(doubts);
            for (const auto& doubt : doubts)
                for (const auto& each : doubt.until)
                    if (std::ranges::find(step.until, each) == step.until.end()) step.until.push_back(each);
        }
        if (is_open(step.outcome)) ledger_->mark_uncertain(item.id);
    }

    /// An action hangs on its sources: when none of them changes for sure, nor does this.
    void conditional_sources(Step& step, const std::vector<std::string>& actions, const Owed& owed) const {
        std::string sources;
        for (const auto& action : actions) {
            for (const auto& source : owed.at(action)) {
                const auto found = outcomes_.find(source);
                if (found == outcomes_.end() || !is_open(found->second)) return;
                sources += (sources.empty() ? "if " : " or ") + source;
                step.until.push_back(source);
            }
        }
        step.outcome = Outcome::conditional;
        step.reason = sources + " changes";
    }

    /// Whether every guard holds, or may hold: then the step is conditional.
    bool guards_hold(const Item& item, Step& step) {
        for (const auto& guard : item.bound.guards) {
            step.guards.push_back(ask(guard, host_, ledger_));
            const auto& answer = step.guards.back();
            if (!answer.holds) {
                step.outcome = Outcome::conditional;
                step.reason += fmt::format("{}{}: {}", step.reason.empty() ? "if " : " and ",
                                           answer.condition, answer.because);
                step.until.insert(step.until.end(), answer.until.begin(), answer.until.end());
                continue;
            }
            if (*answer.holds) continue;
            step.outcome = Outcome::skipped;
            step.reason = fmt::format("{} {}: {}", guard.key(), answer.condition, answer.because);
            return false;
        }
        return true;
    }

    void change(Item& item, Step& step, const State& now, const std::vector<std::string>& actions,
                const Owed& owed) {
        const auto progress = [&](std::string_view line) {
            if (ledger_ != nullptr) return;  // what is only pretended says nothing
            tell([&](Observer& observer) { observer.progress(run_, item.id, line); });
            step.output.add(line);
        };
        if (!item.resource->is_check()) intents_->add(consequences(item.id));
        if (!step.changes.empty()) {
            item.resource->apply(host_, now, progress);
            step.notes = item.resource->notes();
            if (ledger_ == nullptr) verify(item);
        }
        for (const auto& action : actions) {
            item.resource->act(host_, action, progress);
            step.actions.push_back(because(action, owed));
        }
        if (ledger_ != nullptr && item.resource->is_opaque()) ledger_->bring_unknown();
        if (item.resource->is_check())
            step.changes.clear();
        else if (step.outcome != Outcome::conditional)
            step.outcome = Outcome::changed;
        if (step.changes.empty() && step.outcome == Outcome::changed && ledger_ != nullptr)
            conditional_sources(step, actions, owed);
        intents_->settle(item.id);
    }

    /// What other resources will be owed when this one changes.
    std::vector<Intent> consequences(const std::string& source) const {
        const auto found = consequences_.find(source);
        return found != consequences_.end() ? found->second : std::vector<Intent>();
    }

    void verify(const Item& item) const {
        const State now = item.resource->inspect(host_);  // before `wanted`, as arguments might not be
        const auto left = differences(now, item.resource->wanted(host_));
        if (left.empty()) return;
        const auto& first = left.front();
        const bool shown = first.display == resources::Display::plain;
        throw Error(
            item.id + " is not as wanted after the change",
            shown ? fmt::format("{} is '{}', not '{}'", first.name, first.from.value_or("absent"), first.to)
                  : first.name + " differs",
            "something else on this host may be changing it back");
    }

    /// Values that name a package's version are bound again, now that this version is known.
    void bind_late(Item& item) {
        if (item.packages.empty()) return;
        recipe::Problems problems;
        auto bound = recipe::bind(*item.declaration, renderer_, problems);
        if (!problems.empty()) throw problems.all().front();
        item.bound.properties = std::move(bound.properties);
        item.bound.guards = std::move(bound.guards);
        item.resource = resources::make(item.bound.properties);
    }

    /// Actions that a later resource owes to an earlier one. One of them may owe another: references make no
    /// circle, so this comes to an end.
    void late_notifications() {
        for (bool again = true; again;) {
            again = false;
            for (auto& item : items_) {
                const auto outcome = outcomes_.at(item.id);
                if (stops_dependents(outcome) || outcome == Outcome::skipped || owed_to(item).empty())
                    continue;
                host::throw_if_interrupted();
                step(item);
                again = true;
            }
        }
    }

    host::Host& host_;
    host::Ledger* ledger_;  // of a dry run alone
    const Options& options_;
    const std::vector<Observer*>& observers_;
    recipe::Renderer renderer_;
    std::vector<Item> items_;
    std::map<std::string, Outcome> outcomes_;
    std::map<std::string, std::vector<Intent>> consequences_;  // by what changes
    std::optional<Intents> intents_;
    Run run_;
};

}  // namespace

Run converge(host::Host& host, const recipe::Book& book, const Options& options,
             const std::vector<Observer*>& observers) {
    if (!options.dry_run) return Engine(host, nullptr, book, options, observers).run();
    host::OverlayHost overlay(host);
    return Engine(overlay.host(), &overlay, book, options, observers).run();
}

void check(const recipe::Book& book, recipe::Problems& problems) {
    for (const auto& bound : book.bound) {
        if (!bound.sound) continue;
        try {
            resources::make(bound.properties);
        } catch (const Error& error) {
            problems.add(error);
        }
    }
}

}  // namespace dray::converge
