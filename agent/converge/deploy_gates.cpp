// The gates before a deploy: whether it may begin, and whether there is a way back.
#include "converge/deploy.h"
#include "host/interrupt.h"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <charconv>
#include <cstdint>

namespace dray::converge {
namespace {

constexpr std::uint64_t room_besides = 32'000'000;  // dpkg's and apt's records and caches, twice

}  // namespace

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

/// The package file of what runs is kept already, or is fetched now, and there is room for it. Throws
/// DeployHeld when there is no way to have that and the recipe does not allow it.
void Deployment::secure_way_back(const std::string& from, bool was_well) {
    if (const auto* kept = book_.kept_version(from);
        kept != nullptr && parts_.host.files().exists(parts_.store.package_file(set_.name(), *kept)))
        return keep_room(was_well);
    try {
        keep(parts_.host.apt().fetch(set_.name(), from, parts_.store.packages_folder(set_.name()),
                                     progress()));
    } catch (const Error& error) {
        host::throw_if_interrupted();
        go_without_way_back(
            fmt::format("no way back: {} is not kept here, and cannot be fetched: {}", from, error.what()),
            was_well);
    }
    keep_room(was_well);
}

/// A release that fills the disk is not to bar the way back, which needs room for the version before and for
/// what dpkg and apt write of their own. Throws DeployHeld when there is not as much.
void Deployment::keep_room(bool was_well) {
    std::uint64_t kibibytes = 0;
    const auto text = parts_.host.apt().installed_field(set_.name(), "Installed-Size");
    std::from_chars(text.data(), text.data() + text.size(), kibibytes);
    try {
        parts_.host.files().reserve(parts_.store.room_file(set_.name()), kibibytes * 1024 + room_besides);
    } catch (const Error& error) {
        host::throw_if_interrupted();
        go_without_way_back(fmt::format("no room for a way back: {}", error.what()), was_well);
    }
}

void Deployment::free_room() {
    parts_.host.files().remove(parts_.store.room_file(set_.name()));
}

/// Throws DeployHeld unless the host is down anyway, or the recipe allows it.
void Deployment::go_without_way_back(std::string reason, bool was_well) {
    if (was_well && !set_.settings().allow_no_rollback)
        throw DeployHeld(reason + "; allow_no_rollback = true goes on all the same", true);
    note(std::move(reason));
}

}  // namespace dray::converge
