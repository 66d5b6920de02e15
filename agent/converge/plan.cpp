// What a dry run has announced, as a promise.
#include "converge/plan.h"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <map>
#include <utility>

namespace dray::converge {
namespace {

using Steps = std::map<std::string, std::vector<const PlannedStep*>>;  // by resource, in order

constexpr std::size_t told_limit = 80;  // bytes of a value that a line still has room for

Steps by_resource(const Plan& plan) {
    Steps steps;
    for (const auto& step : plan.steps)
        steps[step.resource].push_back(&step);
    return steps;
}

std::string joined(const std::vector<std::string>& words) {
    std::string text;
    for (const auto& word : words)
        text += (text.empty() ? "" : ", ") + word;
    return text.empty() ? "nothing" : text;
}

/// "restart" of "restart, because file[/etc/x] changed".
std::string_view verb_of(std::string_view action) {
    return action.substr(0, action.find(','));
}

bool may_change(const PlannedStep& step) {
    return step.outcome == outcome_text(Outcome::changed) ||
           step.outcome == outcome_text(Outcome::conditional);
}

bool tellable(const std::optional<std::string>& value) {
    return value && value->size() <= told_limit && value->find('\n') == std::string::npos;
}

std::vector<std::string> names_of(const PlannedStep& step) {
    std::vector<std::string> names;
    for (const auto& change : step.changes)
        names.push_back(change.hash.name);
    return names;
}

/// How a step looks to who compares plans.
std::string summary(const PlannedStep& step) {
    auto parts = names_of(step);
    parts.insert(parts.end(), step.actions.begin(), step.actions.end());
    return step.outcome + (parts.empty() ? "" : " (" + joined(parts) + ")");
}

std::string difference(const PlannedChange& was, const PlannedChange& is) {
    const auto& name = was.hash.name;
    if (was.hash.to != is.hash.to)
        return tellable(was.to) && tellable(is.to)
                   ? fmt::format("would change {} to {} now, and not to {}", name, *is.to, *was.to)
                   : "would change " + name + " to another value now";
    if (was.hash.from != is.hash.from)
        return tellable(was.from) && tellable(is.from)
                   ? fmt::format("has {} {} now, which was {}", name, *is.from, *was.from)
                   : "has another " + name + " now";
    return "";
}

/// What of `some` is not in `others`.
std::vector<host::AptChange> missing(const std::vector<host::AptChange>& some,
                                     const std::vector<host::AptChange>& others) {
    std::vector<host::AptChange> left;
    for (const auto& each : some)
        if (std::ranges::find(others, each) == others.end()) left.push_back(each);
    return left;
}

std::string difference_of_packages(const PlannedStep& was, const PlannedStep& is) {
    const auto more = missing(is.packages, was.packages);
    const auto less = missing(was.packages, is.packages);
    if (!more.empty() && !less.empty())
        return fmt::format("would have apt {} now, and not {}", host::changes_text(more),
                           host::changes_text(less));
    if (!more.empty()) return "would have apt also " + host::changes_text(more) + " now";
    return less.empty() ? "" : "would not have apt " + host::changes_text(less) + " any more";
}

/// What is different about a step; "" when it is the same.
std::string difference(const PlannedStep& was, const PlannedStep& is) {
    if (was.check && is.check) return "";
    if (was.outcome != is.outcome || names_of(was) != names_of(is) || was.actions != is.actions)
        return "was " + summary(was) + " in the plan, and is " + summary(is) + " now";
    for (std::size_t i = 0; i < was.changes.size(); ++i)
        if (auto text = difference(was.changes[i], is.changes[i]); !text.empty()) return text;
    if (auto text = difference_of_packages(was, is); !text.empty()) return text;
    if (was.guards != is.guards)
        return "has guards that answer otherwise: " + joined(is.guards) + ", and not " + joined(was.guards);
    return "";
}

PlannedChange planned(const resources::Change& change, const ChangeHash* hash) {
    PlannedChange out{.hash = hash != nullptr ? *hash : ChangeHash{change.name, "", ""}};
    if (change.display != resources::Display::plain) return out;
    out.from = change.from;
    out.to = change.to;
    return out;
}

}  // namespace

std::vector<ChangeHash> hashes(const std::vector<resources::Change>& changes, const PlanKey& key) {
    std::vector<ChangeHash> all;
    for (const auto& change : changes)
        all.push_back({change.name, change.from ? key.hash(*change.from) : "", key.hash(change.to)});
    return all;
}

std::string answer_text(std::string_view key, std::string_view because) {
    return fmt::format("{}: {}", key, because);
}

Plan plan_of(const Run& run) {
    Plan plan{.key = run.plan_key, .recipes = run.recipes, .repair = run.repair_needed, .steps = {}};
    for (const auto& step : run.steps) {
        PlannedStep one{.resource = step.resource,
                        .outcome = std::string(outcome_text(step.outcome)),
                        .check = step.check,
                        .changes = {},
                        .packages = step.packages,
                        .actions = step.actions,
                        .guards = {}};
        for (std::size_t i = 0; i < step.changes.size(); ++i)
            one.changes.push_back(
                planned(step.changes[i], i < step.hashes.size() ? &step.hashes[i] : nullptr));
        for (const auto& guard : step.guards)
            one.guards.push_back(answer_text(guard.key, guard.because));
        plan.steps.push_back(std::move(one));
    }
    return plan;
}

std::vector<std::string> Plan::moved(const Plan& now) const {
    std::vector<std::string> lines;
    if (recipes != now.recipes)
        lines.push_back("the plan is of " + joined(recipes) + ", and not of " + joined(now.recipes));
    if (repair != now.repair)
        lines.emplace_back(now.repair ? "an interrupted dpkg would be finished first now"
                                      : "no interrupted dpkg is to be finished any more");
    const auto was = by_resource(*this);
    const auto is = by_resource(now);
    for (const auto& [resource, steps_then] : was) {
        const auto found = is.find(resource);
        if (found == is.end()) {
            lines.push_back(resource + " is in the plan, and not in the recipes");
        } else if (steps_then.size() != found->second.size()) {
            lines.push_back(fmt::format("{} would have its turn {} times now, and not {} times", resource,
                                        found->second.size(), steps_then.size()));
        } else {
            for (std::size_t i = 0; i < steps_then.size(); ++i) {
                const auto text = difference(*steps_then[i], *found->second[i]);
                if (text.empty()) continue;
                lines.push_back(resource + " " + text);
                break;
            }
        }
    }
    for (const auto& [resource, steps_now] : is)
        if (!was.contains(resource)) lines.push_back(resource + " is in the recipes, and not in the plan");
    const auto same = [](const PlannedStep& a, const PlannedStep& b) { return a.resource == b.resource; };
    if (lines.empty() && !std::ranges::equal(steps, now.steps, same))
        lines.emplace_back("the resources stand in another order now");
    return lines;
}

std::vector<std::string> Plan::open() const {
    std::vector<std::string> resources;
    for (const auto& step : steps)
        if (step.outcome == outcome_text(Outcome::unknown) && !step.check) resources.push_back(step.resource);
    return resources;
}

std::vector<host::AptChange> Plan::packages() const {
    std::vector<host::AptChange> all;
    for (const auto& step : steps)
        all.insert(all.end(), step.packages.begin(), step.packages.end());
    return all;
}

std::string Plan::beyond(const std::string& resource, const std::vector<resources::Change>& changes,
                         const std::vector<std::string>& actions, const PlanKey& key_now) const {
    std::vector<const ChangeHash*> allowed;
    std::vector<std::string_view> verbs;
    for (const auto& step : steps) {
        if (step.resource != resource) continue;
        if (step.outcome == outcome_text(Outcome::unknown)) return "";
        if (!may_change(step)) continue;
        for (const auto& change : step.changes)
            allowed.push_back(&change.hash);
        for (const auto& action : step.actions)
            verbs.push_back(verb_of(action));
    }
    std::vector<std::string> surplus;
    for (const auto& change : changes) {
        const auto to = key_now.hash(change.to);
        const auto is_it = [&](const ChangeHash* each) {
            return each->name == change.name && each->to == to;
        };
        if (std::ranges::none_of(allowed, is_it)) surplus.push_back("this change of " + change.name);
    }
    for (const auto& action : actions)
        if (std::ranges::find(verbs, action) == verbs.end()) surplus.push_back("a " + action);
    return surplus.empty() ? "" : joined(surplus);
}

}  // namespace dray::converge
