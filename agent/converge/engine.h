// The run itself: resources in order, guards, notifications, verification. It knows no concrete resource
// type.
#pragma once

#include "converge/observer.h"
#include "converge/plan.h"
#include "converge/run.h"
#include "host/host.h"
#include "recipe/loader.h"

#include <filesystem>
#include <vector>

namespace dray::converge {

struct Options {
    bool dry_run = false;
    std::vector<std::string> recipes;  ///< their names, for the record
    std::filesystem::path state_folder = "/var/lib/dray";
    Promise promise = {};  ///< a plan that is to be kept; the key is for dry runs, too
};

/// Brings the host to what the book says, or in a dry run says what that would take and changes nothing.
/// Never throws for what goes wrong with the host: the run's record says it. The book has passed `check`.
Run converge(host::Host& host, const recipe::Book& book, const Options& options,
             const std::vector<Observer*>& observers);

/// What resource types find wrong with values that are right one by one; added to `problems`.
void check(const recipe::Book& book, recipe::Problems& problems);

}  // namespace dray::converge
