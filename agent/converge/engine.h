// The run itself: resources in order, guards, notifications, verification. It knows no concrete resource
// type.
#pragma once

#include "converge/deploy.h"
#include "converge/observer.h"
#include "converge/plan.h"
#include "converge/run.h"
#include "host/host.h"
#include "recipe/loader.h"

#include <filesystem>
#include <functional>
#include <optional>
#include <vector>

namespace dray::converge {

struct Options {
    bool dry_run = false;
    std::vector<std::string> recipes;  ///< their names, for the record
    std::filesystem::path state_folder = "/var/lib/dray";
    Promise promise = {};  ///< a plan that is to be kept; the key is for dry runs, too
    /// Asked after each resource that has changed something: whether the recipes themselves are others now.
    /// Then the run ends there, superseded. Empty for a run that goes on whatever happens to them.
    std::function<bool()> recipes_changed = {};
    std::optional<RollbackWish> rollback = {};  ///< what is to go back before anything converges
    const Run* earlier = nullptr;  ///< the superseded run that this one goes on from
};

/// Brings the host to what the book says, or in a dry run says what that would take and changes nothing.
/// Never throws for what goes wrong with the host: the run's record says it. The book has passed `check`.
/// Observers are told of the end of a run, but not of that of one which was superseded: of that the next
/// converge tells, whose options name it.
Run converge(host::Host& host, const recipe::Book& book, const Options& options,
             const std::vector<Observer*>& observers);

/// What resource types find wrong with values that are right one by one; added to `problems`.
void check(const recipe::Book& book, recipe::Problems& problems);

}  // namespace dray::converge
