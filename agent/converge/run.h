// The record of one run: what was looked at, what changed, what failed. Reports are made from it alone.
#pragma once

#include "converge/deploy_report.h"
#include "converge/output_tail.h"
#include "error.h"
#include "host/apt.h"
#include "host/clock.h"
#include "resources/state.h"

#include <chrono>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace dray::converge {

/// How a resource fared.
enum class Outcome {
    unchanged,    ///< it was as wanted already
    changed,      ///< it is as wanted now; in a dry run: a converge would change it
    conditional,  ///< dry run only: a converge would change it, if what `reason` says holds
    unknown,      ///< dry run only: how it will be, or answer, is not known before the changes are made
    skipped,      ///< a guard said no
    blocked,      ///< something it refers to failed
    unreachable,  ///< a repository did not answer, or was refused, and nothing else is wrong
    unreached,    ///< the run has stopped before it, as another's failure asks for
    held,         ///< the deploy that it belongs to says no: `reason` has why
    failed,       ///< it is not as wanted, see `error`
};

/// "unchanged", "changed", …
std::string_view outcome_text(Outcome outcome);

/// What came of asking a guard.
struct GuardAnswer {
    std::string_view key;              ///< "only_if" or "not_if"
    std::string condition;             ///< what has to hold: "there is /x", "`test -e /x` fails"
    std::optional<bool> holds;         ///< nothing in a dry run that cannot know
    std::string because;               ///< "`test -e /x`: exit status 1", "there is no /x"
    std::vector<std::string> until{};  ///< the resources that decide what cannot be known
};

/// What tells a change from another without naming its values: keyed hashes, see PlanKey.
struct ChangeHash {
    std::string name;
    std::string from;  ///< "" when the host has no such value
    std::string to;
    auto operator<=>(const ChangeHash&) const = default;
};

/// One resource in a run.
struct Step {
    std::string resource;  ///< "file[/etc/x]"
    std::string recipe;
    Location where;
    std::string verb = "change";  ///< what a converge does to it: "change" or "run"
    Outcome outcome = Outcome::unchanged;
    std::vector<resources::Change> changes;
    std::vector<std::string> actions;       ///< "restart, because package[warehouse] changed"
    std::vector<host::AptChange> packages;  ///< what apt has changed for it, others' packages too
    std::vector<std::string> notes;         ///< worth telling beside the changes: "kept /etc/x"
    OutputTail output;                      ///< what its programs have said
    std::vector<ChangeHash> hashes;   ///< of the changes, in a dry run on a host that has a key for plans
    std::vector<GuardAnswer> guards;  ///< as far as they were asked
    bool check = false;               ///< it only looks, and changes nothing
    std::string reason;               ///< for conditional, unknown, skipped and blocked: why
    std::vector<std::string> until;   ///< dry run only: the resources that a doubt rests on
    std::optional<Error> error;
    bool beyond_plan = false;  ///< failed, as it would have been more than the run's plan has
    std::chrono::milliseconds duration{0};
};

/// All of a run but its steps.
struct RunHead {
    std::string id;  ///< UTC time and process number: unique on a host
    host::Time started;
    host::Time finished;
    bool dry_run = false;
    bool superseded = false;  ///< it ended because it has changed its own recipes, and is to begin anew
    std::vector<std::string> recipes;
    std::vector<std::string> repairs;          ///< what was healed at the start
    bool repair_needed = false;                ///< dry run only: a converge would heal something first
    std::string plan_key;                      ///< dry run only: the name of the key of the steps' hashes
    std::vector<host::SourceVerdict> sources;  ///< what the refresh found
    std::set<std::string> newer;        ///< packages of which apt had another version than the host at first
    std::vector<std::string> adopted;   ///< what came of changes of packages that earlier runs had begun
    host::AptSizes sizes;               ///< what this run's changes of packages have cost, or would cost
    std::string apt;                    ///< how apt's answers came about, see host::Apt::story
    std::vector<DeployReport> deploys;  ///< what became of those that there was something to say of
    std::vector<std::string> still_owed;  ///< notifications that nothing in this run could carry out
    std::optional<Error> error;           ///< why the run ended before its last resource
};

/// One run.
struct Run : RunHead {
    std::vector<Step> steps;

    bool any(Outcome outcome) const;
    bool changed() const;
    /// Whether this deploy makes the run a failed one. One that was undone before anything that runs was
    /// touched does not when all that was wrong is a repository that did not answer.
    bool has_failed(const DeployReport& deploy) const;

    /// The worst that was found of a source, in words: "current", "unreachable", "stale or expired", "not
    /// trusted", "broken", "no room on this host"; or "newer candidate" when all are current and apt had
    /// news. One that was current when it was asked is "unreachable" when it does not give its packages. ""
    /// when no source was asked.
    std::string_view verdict() const;

    /// The run's exit code: 1 when something failed, a deploy among it, a repository is broken or there is no
    /// room for its lists; when nothing else is wrong, 77 for a repository that is not trusted, 76 for a
    /// stale or expired one, 69 for one that did not answer; 4 when an earlier run has rolled a release back
    /// and it is held since; else 0, or with `detailed` 2 when something changed.
    int exit_code(bool detailed) const;
};

}  // namespace dray::converge
