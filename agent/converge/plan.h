// What a dry run has announced, as a promise that can be kept or refused later.
#pragma once

#include "converge/plan_key.h"
#include "converge/run.h"

#include <optional>
#include <string>
#include <vector>

namespace dray::converge {

/// What would become of one value. Hashes decide; the values themselves are there to be told, where they are
/// short and no secrets.
struct PlannedChange {
    ChangeHash hash;
    std::optional<std::string> from = {};
    std::optional<std::string> to = {};
};

/// What would become of one resource, once.
struct PlannedStep {
    std::string resource;
    std::string outcome;  ///< as outcome_text has it
    bool check = false;   ///< a check changes nothing, whatever its answer
    std::vector<PlannedChange> changes;
    std::vector<host::AptChange> packages;  ///< what apt would change for it, others' packages too
    std::vector<std::string> actions;       ///< "restart, because file[/etc/x] changed"
    std::vector<std::string> guards;        ///< what they answered, in words
};

/// A dry run in a form that a later run can be held to.
struct Plan {
    std::string key;  ///< the name of the host's key; "" when it had none: then nothing can be compared
    std::vector<std::string> recipes;
    bool repair = false;  ///< an interrupted dpkg would be finished first
    std::vector<PlannedStep> steps;

    /// Where this plan and `now`, a newer one, differ: a line for each resource that has moved since, and for
    /// what is no resource's.
    std::vector<std::string> moved(const Plan& now) const;

    /// The resources of which it could not be known what becomes of them, without those that only look.
    std::vector<std::string> open() const;

    /// All that apt would change.
    std::vector<host::AptChange> packages() const;

    /// What of a step's changes and actions ("restart") the plan does not have: a phrase; "" when it has all
    /// of them, or leaves them open. Changes are compared by what is to be, as what is there may come from
    /// earlier resources.
    std::string beyond(const std::string& resource, const std::vector<resources::Change>& changes,
                       const std::vector<std::string>& actions, const PlanKey& key_now) const;
};

/// What a run is held to, and by what it makes hashes; either may be missing.
struct Promise {
    const PlanKey* key = nullptr;
    const Plan* plan = nullptr;  ///< not without a key
};

/// The hashes of a step's changes.
std::vector<ChangeHash> hashes(const std::vector<resources::Change>& changes, const PlanKey& key);

/// The plan of a dry run. From a host without a key it cannot be compared with another.
Plan plan_of(const Run& run);

/// What a guard answered, in words: "not_if: there is /etc/x".
std::string answer_text(std::string_view key, std::string_view because);

}  // namespace dray::converge
