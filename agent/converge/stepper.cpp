// From one resource to its step in a run.
#include "converge/stepper.h"

#include "converge/guards.h"
#include "host/apt_progress.h"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <chrono>

namespace dray::converge {
namespace {

using resources::State;

/// Whether a failure of this kind keeps what refers to the resource from running.
bool stops_dependents(Outcome outcome) {
    return outcome == Outcome::failed || outcome == Outcome::unreachable || outcome == Outcome::blocked;
}

std::string because(const std::string& action, const std::set<std::string>& sources) {
    std::string text;
    for (const auto& source : sources)
        text += (text.empty() ? "" : " and ") + source;
    return action + ", because " + text + " changed";
}

void add_until(Step& step, const std::vector<std::string>& until) {
    for (const auto& each : until)
        if (std::ranges::find(step.until, each) == step.until.end()) step.until.push_back(each);
}

}  // namespace

bool is_open(Outcome outcome) {
    return outcome == Outcome::conditional || outcome == Outcome::unknown;
}

Stepper::Stepper(const Parts& parts)
    : host_(parts.host),
      ledger_(parts.ledger),
      renderer_(parts.renderer),
      intents_(parts.intents),
      redactor_(parts.redactor),
      promise_(parts.promise),
      deploys_(parts.deploys) {
    for (const auto& item : parts.items)
        for (const auto& subscription : item.bound.subscriptions)
            if (!subscription.action.empty())
                consequences_[subscription.source].push_back(
                    {item.id, subscription.action, subscription.source});
}

Step Stepper::step(Item& item, const resources::Progress& progress) {
    const auto begin = host_.clock().steady();
    if (ledger_ != nullptr) ledger_->begin(item.id);
    Step step;
    step.resource = item.id;
    step.recipe = item.declaration->recipe;
    step.where = item.declaration->where();
    step.verb = item.resource->verb();
    step.check = item.resource->is_check();
    try {
        converge_by_current_lists(item, step, progress);
    } catch (const DeployHeld& held) {
        step.changes.clear();
        step.outcome = held.failure() ? Outcome::failed : Outcome::held;
        step.reason = held.reason();
        if (held.failure()) step.error = Error("cannot deploy " + item.id, held.reason()).at(step.where);
    } catch (const host::RepositoryUnreachable& error) {
        step.outcome = Outcome::unreachable;
        step.error = error.at(step.where);
    } catch (const Error& error) {
        step.outcome = Outcome::failed;
        step.beyond_plan = dynamic_cast<const host::BeyondPlan*>(&error) != nullptr;
        step.error = error.during("cannot converge " + item.id).at(step.where);
    } catch (const std::exception& error) {
        step.outcome = Outcome::failed;
        step.error =
            Error("cannot converge " + item.id, error.what(), "this is a fault of dray: please report it")
                .at(step.where);
    }
    if (ledger_ != nullptr) weigh_doubts(item, step);
    if (ledger_ != nullptr && promise_.key != nullptr) step.hashes = hashes(step.changes, *promise_.key);
    step.duration = std::chrono::duration_cast<std::chrono::milliseconds>(host_.clock().steady() - begin);
    outcomes_[item.id] = step.outcome;
    if (item.on_failure() == "ignore") tolerated_.insert(item.id);
    return step;
}

bool Stepper::blocked(const Item& item, Step& step) const {
    for (const auto& source : item.needs) {
        const auto found = outcomes_.find(source);
        if (found == outcomes_.end() || !stops_dependents(found->second) || tolerated_.contains(source))
            continue;
        step.outcome = Outcome::blocked;
        step.reason = source + " is " + std::string(outcome_text(found->second));
        return true;
    }
    return false;
}

/// When apt's lists turn out to be behind the repository, they are read again and the step begins anew, once.
void Stepper::converge_by_current_lists(Item& item, Step& step, const resources::Progress& progress) {
    const Step begun = step;
    try {
        converge(item, step, progress);
    } catch (const host::ListsOutdated& error) {
        step = begun;
        progress(fmt::format("{}: the lists are read again", error.what()));
        converge(item, step, progress);
        step.notes.emplace_back("apt's lists were behind the repository, and were read again");
    }
}

void Stepper::converge(Item& item, Step& step, const resources::Progress& progress) {
    if (blocked(item, step)) return;
    if (auto reason = deploys_.why_held(item); !reason.empty())
        return leave_held(item, step, std::move(reason));
    item.bind_late(renderer_);
    const State now = item.resource->inspect(host_);
    const State wanted = item.resource->wanted(host_);
    step.changes = differences(now, wanted);
    const auto owed = owed_to(item);
    std::set<std::string> names;
    for (const auto& [action, sources] : owed)
        names.insert(action);
    const auto actions = item.resource->actions(names, step.changes);
    if (step.changes.empty() && actions.empty()) return intents_.settle(item.id);

    if (ledger_ != nullptr && item.resource->is_check()) {
        step.outcome = Outcome::unknown;
        step.reason = fmt::format("now it is: {}", step.changes.front().from.value_or("none"));
        step.changes.clear();
        return;
    }
    if (!guards_hold(item, step)) {
        step.changes.clear();
        return intents_.settle(item.id);
    }
    keep_promise(item, step, actions);
    deploys_.before(item);
    change(item, step, now, actions, owed, progress);
}

/// What belongs to a set that is held stays as it is, and comes back when somebody else has changed it.
void Stepper::leave_held(const Item& item, Step& step, std::string reason) {
    step.outcome = Outcome::held;
    step.reason = std::move(reason);
    if (deploys_.heal(item)) {
        host_.forget_expected();
        step.notes.emplace_back("changed by hand, and brought back");
    }
    intents_.settle(item.id);
}

/// Nothing is done beyond the plan that the run is held to. Throws host::BeyondPlan.
void Stepper::keep_promise(const Item& item, const Step& step,
                           const std::vector<std::string>& actions) const {
    if (promise_.plan == nullptr || item.resource->is_check()) return;
    const auto beyond = promise_.plan->beyond(item.id, step.changes, actions, *promise_.key);
    if (!beyond.empty())
        throw host::BeyondPlan("it is left alone", "the plan does not have " + beyond,
                               "see what has moved, and make a new plan");
    // What is open may turn out to need anything.
    if (promise_.plan->open().empty()) item.resource->announce(promise_.plan->packages());
}

/// What earlier runs left undone, and what this run has changed so far. An action that the type does not
/// have comes from another version's record, and is crossed out with the others.
Stepper::Owed Stepper::owed_to(const Item& item) const {
    Owed owed = intents_.owed(item.id);
    std::erase_if(owed, [&item](const auto& each) {
        const auto& keys = item.declaration->schema->keys;
        return each.first.empty() || std::ranges::find(keys, each.first, &recipe::Key::action) == keys.end();
    });
    return owed;
}

bool Stepper::owes(const std::string& source, const Item& item) const {
    const auto found = consequences_.find(source);
    return found != consequences_.end() &&
           std::ranges::find(found->second, item.id, &Intent::target) != found->second.end();
}

bool Stepper::may_act(const Item& item) const {
    const auto found = outcomes_.find(item.id);
    return found != outcomes_.end() && !stops_dependents(found->second) && found->second != Outcome::skipped;
}

bool Stepper::is_bad(const Item& item) const {
    const auto found = outcomes_.find(item.id);
    return found == outcomes_.end() || stops_dependents(found->second) || found->second == Outcome::held ||
           found->second == Outcome::unreached;
}

bool Stepper::as_wanted(Item& item) {
    if (ledger_ != nullptr) ledger_->begin(item.id);
    try {
        item.bind_late(renderer_);
        const State now = item.resource->inspect(host_);
        const bool same = differences(now, item.resource->wanted(host_)).empty();
        return same && (ledger_ == nullptr || ledger_->doubts().empty());
    } catch (const Error&) {
        return false;  // its own turn will tell
    }
}

/// Whether every guard holds, or may hold: then the step is conditional.
bool Stepper::guards_hold(const Item& item, Step& step) {
    for (const auto& guard : item.bound.guards) {
        step.guards.push_back(ask(guard, host_, ledger_));
        const auto& answer = step.guards.back();
        if (!answer.holds) {
            step.outcome = Outcome::conditional;
            step.reason += fmt::format("{}{}: {}", step.reason.empty() ? "if " : " and if ", answer.condition,
                                       answer.because);
            add_until(step, answer.until);
            continue;
        }
        if (*answer.holds) continue;
        step.outcome = Outcome::skipped;
        step.reason = fmt::format("{}: {}", answer.key, answer.because);
        step.until.clear();
        return false;
    }
    return true;
}

void Stepper::change(Item& item, Step& step, const State& now, const std::vector<std::string>& actions,
                     const Owed& owed, const resources::Progress& progress) {
    const bool is_check = item.resource->is_check();
    const auto heard = [&](std::string_view line) {
        if (ledger_ != nullptr) return;  // what is only pretended says nothing
        if (!host::progress_report(line))
            step.output.add(redactor_.clean(line));  // before the line may be cut
        progress(line);
    };
    host_.forget_expected();
    const auto added = is_check ? std::vector<Intent>() : intents_.add(consequences(item.id));
    if (!step.changes.empty()) {
        try {
            item.resource->apply(host_, now, heard);
        } catch (const Error&) {
            if (is_unchanged(item, now)) intents_.withdraw(added);
            throw;
        }
        step.packages = item.resource->packages();
        step.notes = item.resource->notes();
        if (ledger_ == nullptr) verify(item);
    }
    for (const auto& action : actions) {
        item.resource->act(host_, action, heard);
        step.actions.push_back(because(action, owed.at(action)));
    }
    if (ledger_ != nullptr && item.resource->is_opaque()) ledger_->bring_unknown();
    if (is_check)
        step.changes.clear();
    else if (step.outcome != Outcome::conditional)
        step.outcome = Outcome::changed;
    if (step.changes.empty() && step.outcome == Outcome::changed && ledger_ != nullptr)
        conditional_sources(step, actions, owed);
    intents_.settle(item.id);
}

/// Whether a file is for certain what it was before a change that has failed: others are then owed nothing
/// for it. What else a resource is made of its state does not tell.
bool Stepper::is_unchanged(const Item& item, const State& before) const {
    if (ledger_ != nullptr || item.resource->paths().empty()) return false;
    try {
        const State now = item.resource->inspect(host_);
        return differences(before, now).empty() && differences(now, before).empty();
    } catch (const Error&) {
        return false;
    }
}

/// What other resources will be owed when this one changes.
std::vector<Intent> Stepper::consequences(const std::string& source) const {
    const auto found = consequences_.find(source);
    return found != consequences_.end() ? found->second : std::vector<Intent>();
}

void Stepper::verify(const Item& item) const {
    const State now = item.resource->inspect(host_);  // before `wanted`, as arguments might not be
    const auto left = differences(now, item.resource->wanted(host_));
    if (left.empty()) return;
    const auto& first = left.front();
    const bool shown = first.display == resources::Display::plain;
    throw Error(item.id + " is not as wanted after the change",
                shown
                    ? fmt::format("{} is '{}', not '{}'", first.name, first.from.value_or("absent"), first.to)
                    : first.name + " differs",
                "something else on this host may be changing it back");
}

/// What a dry run cannot know makes a step conditional or unknown.
void Stepper::weigh_doubts(const Item& item, Step& step) {
    const auto& doubts = ledger_->doubts();
    const bool settled = step.outcome == Outcome::skipped || step.outcome == Outcome::blocked ||
                         step.outcome == Outcome::unreachable;
    if (!doubts.empty() && !settled) {
        const bool no_state =
            std::ranges::find(doubts, host::Doubt::Weight::state, &host::Doubt::weight) != doubts.end();
        const bool nothing_said = step.changes.empty() && step.actions.empty();
        if (item.resource->is_check()) step.reason.clear();
        if (no_state || nothing_said || step.outcome == Outcome::failed) {
            step.outcome = Outcome::unknown;
            step.changes.clear();
            step.actions.clear();
            step.error.reset();
            if (!item.resource->is_check()) intents_.add(consequences(item.id));
        } else {
            step.outcome = Outcome::conditional;
        }
        step.reason += (step.reason.empty() ? "" : "; ") + host::doubts_text(doubts);
        for (const auto& doubt : doubts)
            add_until(step, doubt.until);
    }
    if (is_open(step.outcome)) ledger_->mark_uncertain(item.id);
}

/// An action hangs on its sources: when none of them changes for sure, nor does this.
void Stepper::conditional_sources(Step& step, const std::vector<std::string>& actions,
                                  const Owed& owed) const {
    std::string text;
    std::vector<std::string> until;
    for (const auto& action : actions) {
        for (const auto& source : owed.at(action)) {
            const auto found = outcomes_.find(source);
            if (found == outcomes_.end() || !is_open(found->second)) return;
            text += (text.empty() ? "if " : " or ") + source;
            until.push_back(source);
        }
    }
    step.outcome = Outcome::conditional;
    step.reason = text + " changes";
    add_until(step, until);
}

}  // namespace dray::converge
