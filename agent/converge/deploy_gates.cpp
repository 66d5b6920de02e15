// The gates before a deploy: whether it may begin, and whether there is a way back.
#include "converge/deploy.h"
#include "host/interrupt.h"

#include <spdlog/fmt/fmt.h>

#include <algorithm>

namespace dray::converge {

/// A host that is down already gets the fix: that a gate would say no is said, and does not block it. Throws
/// DeployHeld and Error.
void Deployment::pass_gates(const DeployTarget& target, bool was_well) const {
    const auto& settings = set_.settings();
    const bool first = installed().empty();
    if (!settings.windows.empty()) {
        const bool open = std::ranges::any_of(
            settings.windows, [this](const auto& window) { return window.open(parts_.host); });
        std::string all;
        for (const auto& window : settings.windows)
            all += (all.empty() ? "" : ", ") + window.text();
        if (!open && (was_well || first)) throw DeployHeld("it may be deployed only at " + all, false);
        if (!open) say("deploying outside of " + all + ", as the host is not well");
    }
    if (!settings.migrate.empty() && !settings.migrate_lock.empty() &&
        !parts_.host.processes().finds({.argv = {"psql"}}))
        throw DeployHeld("deploy.migrate_lock needs psql: install postgresql-client", true);
    if (settings.precheck.empty() || parts_.dry) return;
    try {
        parts_.host.processes().check({.argv = settings.precheck,
                                       .environment = {{"DRAY_PACKAGE", set_.name()},
                                                       {"DRAY_FROM", installed()},
                                                       {"DRAY_TO", target.version}}},
                                      "the precheck of package[" + set_.name() + "] says no");
    } catch (const Error& error) {
        host::throw_if_interrupted();
        throw DeployHeld(error.what(), true);
    }
}

/// The package file of what runs is kept already, or is fetched now. Throws DeployHeld when there is no way
/// to have it and the recipe does not allow that.
void Deployment::secure_way_back(const std::string& from, bool was_well) {
    if (const auto* kept = book_.kept_version(from);
        kept != nullptr && parts_.host.files().exists(parts_.store.package_file(set_.name(), *kept)))
        return;
    try {
        keep(parts_.host.apt().fetch(set_.name(), from, parts_.store.packages_folder(set_.name()),
                                     progress()));
    } catch (const Error& error) {
        host::throw_if_interrupted();
        const auto reason =
            fmt::format("no way back: {} is not kept here, and cannot be fetched: {}", from, error.what());
        if (was_well && !set_.settings().allow_no_rollback)
            throw DeployHeld(reason + "; allow_no_rollback = true goes on all the same", true);
        note(reason);
    }
}

}  // namespace dray::converge
