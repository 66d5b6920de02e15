// The gates before a deploy: whether it may begin, and whether there is a way back.
#include "converge/deploy.h"
#include "host/interrupt.h"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <charconv>
#include <cstdint>

namespace dray::converge {
namespace {

constexpr std::uint64_t room_besides = 32'000'000;  // dpkg's and apt's records and caches

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
    const bool is_wanted = was_well && !set_.settings().allow_no_rollback;
    const auto* kept = book_.kept_version(from);
    try {
        if (kept == nullptr || !parts_.host.files().exists(parts_.store.package_file(set_.name(), *kept)))
            keep(parts_.host.apt().fetch(set_.name(), from, parts_.store.packages_folder(set_.name()),
                                         progress()));
    } catch (const Error& error) {
        host::throw_if_interrupted();
        const auto reason =
            fmt::format("no way back: {} is not kept here, and cannot be fetched: {}", from, error.what());
        if (is_wanted && dynamic_cast<const host::RepositoryUnreachable*>(&error) != nullptr)
            throw host::RepositoryUnreachable("cannot deploy package[" + set_.name() + "]", reason,
                                              "nothing was changed; the next run tries again");
        if (is_wanted) throw DeployHeld(reason + "; allow_no_rollback = true goes on all the same", true);
        return note(reason);
    }
    if (!is_wanted) return;
    try {
        reserve_room(from);
    } catch (const Error& error) {
        host::throw_if_interrupted();
        throw DeployHeld(
            fmt::format("no room for a way back: {}; allow_no_rollback = true goes on all the same",
                        error.what()),
            true);
    }
}

/// A release that fills the disk is not to bar the way back, for which the package file is copied into apt's
/// archives and unpacked. Throws Error.
void Deployment::reserve_room(const std::string& from) {
    std::uint64_t kibibytes = 0;
    const auto text = parts_.host.apt().installed_field(set_.name(), "Installed-Size");
    std::from_chars(text.data(), text.data() + text.size(), kibibytes);
    // Files take whole blocks on the disk, and in that field less.
    const auto unpacked = kibibytes * 1024 * 3 / 2;
    parts_.host.files().reserve(parts_.store.room_file(set_.name()),
                                book_.kept_version(from)->size + unpacked + room_besides);
}

/// For a run that goes on: who repairs packages frees the room first.
void Deployment::keep_room_again() {
    const auto& deploy = *book_.current;
    if (!deploy.was_well || set_.settings().allow_no_rollback || deploy.from == deploy.to.version ||
        book_.kept_version(deploy.from) == nullptr)
        return;
    try {
        reserve_room(deploy.from);
    } catch (const Error& error) {
        host::throw_if_interrupted();
        note(error.what());
    }
}

void Deployment::free_room() {
    parts_.host.files().remove(parts_.store.room_file(set_.name()));
}

}  // namespace dray::converge
