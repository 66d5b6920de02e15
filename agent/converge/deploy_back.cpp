// The way back of a deploy.
#include "converge/deploy.h"
#include "converge/deploy_beside.h"
#include "converge/deploy_drain.h"
#include "converge/deploy_snapshot.h"
#include "converge/deploy_target.h"
#include "converge/deploy_watch.h"
#include "debian_version.h"
#include "host/interrupt.h"
#include "recipe/template.h"
#include "recipe/version.h"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <utility>

namespace dray::converge {

void Deployment::roll_back(const std::string& reason) {
    auto& deploy = *book_.current;
    deploy.reason = parts_.redactor.clean(reason);
    report_.reason = deploy.reason;
    if (deploy.from.empty()) {
        // Nothing ran before: the next run goes on with it, and what is there is left for people to look at.
        is_stopped_ = true;
        hold_ = "the first release of " + set_.name() + " has failed; the next run goes on";
        report_.end = DeployEnd::failed;
        note("nothing ran here before, so there is nothing to go back to; the next run goes on");
        save();
        return;
    }
    if (deploy.state() < DeployState::drained) return undo(reason);
    deploy.blameless = is_blameless_;
    if (installed() != deploy.from && below_schema_floor(deploy))
        return give_up(
            fmt::format("{}; there is no way back: {} cannot run on a database that {} may have "
                        "migrated (its schema floor is {})",
                        reason, deploy.from, deploy.to.version, deploy.floor));
    begin_way_back();
    go_back();
}

/// On a disk that is full, in the room that is kept for it.
void Deployment::begin_way_back() {
    try {
        advance(DeployState::rolling_back);
    } catch (const Error&) {
        host::throw_if_interrupted();
        free_room();
        save();
        parts_.tell(report_);
    }
}

/// Nothing that runs was touched yet: the files go back, and that is all.
void Deployment::undo(const std::string& reason) {
    free_room();
    try {
        bring_back_files(*book_.current);
        undrain(parts_.host, set_.settings(), progress());
    } catch (const Error& error) {
        host::throw_if_interrupted();
        return give_up(fmt::format("{}; and the files cannot be brought back: {}", reason, error.what()));
    }
    report_.from = book_.current->from;
    report_.to = book_.current->to.version;
    report_.reason = parts_.redactor.clean(reason);
    report_.end = DeployEnd::undone;
    remember(*book_.current);
    book_.current.reset();
    save();
    parts_.tell(report_);
    hold_ = "the deploy has failed before anything that runs was touched";
}

bool Deployment::below_schema_floor(const Deploy& deploy) const {
    const auto floor = recipe::Version::parse(deploy.floor);
    const auto from = recipe::Version::parse(recipe::release_of(deploy.from));
    return floor && from && *from < *floor;
}

/// To a version that is kept, with the files that went with it where they are kept as well. Throws Error.
void Deployment::go_back_by_hand(const RollbackWish& wish) {
    const auto attempt = "cannot roll back " + set_.name();
    const auto version = installed();
    auto wanted = !wish.version.empty() ? wish.version
                  : book_.previous      ? book_.previous->from
                                        : std::string();
    // A release is named without the target that it was built for.
    if (const auto* kept = book_.kept_release(wanted))
        wanted = kept->version;
    else if (!wanted.empty() && comparable(version, wanted) == wanted)
        wanted = version;
    std::string all;
    for (const auto& kept : book_.kept)
        if (kept.version != version) all += (all.empty() ? "" : ", ") + kept.version;
    const auto hint = all.empty() ? "no other version is kept on this host" : "kept on this host: " + all;
    if (wanted.empty()) throw Error(attempt, "there is none before " + version, hint);
    if (wanted == version) throw Error(attempt, wanted + " is what runs", hint);
    if (book_.kept_version(wanted) == nullptr) throw Error(attempt, wanted + " is not kept", hint);
    Deploy deploy;
    deploy.by_hand = true;
    deploy.from = wanted;
    deploy.to = {version, "", config_digest(parts_.host, set_, parts_.scope, version)};
    if (book_.committed && book_.committed->version == version) deploy.to.sha256 = book_.committed->sha256;
    deploy.floor = parts_.host.apt().installed_field(set_.name(), "Dray-Schema-Floor");
    if (below_schema_floor(deploy))
        throw Error(attempt, wanted + " cannot run on the database of " + version,
                    "its schema floor is " + deploy.floor);
    deploy.reason = parts_.redactor.clean("rolled back by hand: " + wish.reason);
    const bool same = book_.previous && book_.previous->from == wanted;
    deploy.files = same ? book_.previous->files : save_files(parts_.host, set_, parts_.store);
    // The copy of a version that ran longer ago is gone, and made again once dpkg has brought that back.
    if (!same) {
        const auto beside = SideBySide(parts_.host, set_).files();
        std::erase_if(deploy.files, [&](const SavedFile& file) {
            return std::ranges::find(beside, std::filesystem::path(file.path)) != beside.end();
        });
        deploy.copy = SideBySide::name(wanted, now_text());
    }
    deploy.units = save_units(parts_.host, set_);
    book_.current = std::move(deploy);
    advance(DeployState::rolling_back);
    go_back();
}

void Deployment::go_back() {
    auto& deploy = *book_.current;
    free_room();
    parts_.host.forget_expected();  // what was looked up for this run is of what is taken back
    report_.reason = deploy.reason;
    try {
        bring_back_set(deploy);
    } catch (const Error& error) {
        host::throw_if_interrupted();
        withdraw_owed();
        return give_up(fmt::format("{}; and the way back has failed: {}", deploy.reason, error.what()));
    }
    owe_nothing();
    advance(DeployState::rolled_back);
    judge();
}

/// What the set's changes owe to its services and commands is not due any more.
void Deployment::owe_nothing() {
    for (const auto* items : {&set_.services, &set_.commands})
        for (const auto* item : *items)
            parts_.intents.settle(item->id);
}

/// What the set's own changes owe to its services is not due, as they could not be taken back: what still
/// runs as before is left alone.
void Deployment::withdraw_owed() {
    std::vector<Intent> owed;
    for (const auto* items : {&set_.services, &set_.commands})
        for (const auto* item : *items)
            for (const auto& [action, sources] : parts_.intents.owed(item->id))
                for (const auto& source : sources)
                    if (source == set_.package->id ||
                        std::ranges::find(set_.files, source, &Item::id) != set_.files.end())
                        owed.push_back({item->id, action, source});
    parts_.intents.withdraw(owed);
}

/// What has a copy of its own to return to runs again at once, and dpkg follows. Throws Error.
void Deployment::bring_back_set(const Deploy& deploy) {
    SideBySide beside(parts_.host, set_);
    const bool at_once = !beside.saved_copy(deploy.files).empty();
    if (!at_once) bring_back_package(deploy);
    bring_back_files(deploy);
    if (deploy.by_hand && !deploy.copy.empty() && beside.wanted()) beside.put(deploy.copy, progress());
    restart_units(deploy);
    if (at_once) bring_back_package(deploy);
}

void Deployment::bring_back_package(const Deploy& deploy) {
    const auto version = installed();
    if (version == deploy.from) return;
    if (book_.kept_version(deploy.from) == nullptr)
        throw Error("cannot bring back " + set_.name() + " " + deploy.from,
                    "its package file is not kept here", "install a good version by hand");
    say("bringing back " + set_.name() + " " + deploy.from);
    host::Transaction transaction;
    transaction.install[set_.name()] = deploy.from;
    transaction.allow_downgrade = true;
    transaction.use_reserved_blocks = true;  // what has filled the disk may have taken all others
    transaction.files[set_.name()] = kept_package(deploy.from);
    parts_.host.apt().apply(transaction, progress());
}

void Deployment::bring_back_files(const Deploy& deploy) {
    bool units = false;
    for (const auto& file : deploy.files) {
        if (is_as_saved(parts_.host, file)) continue;
        say("bringing back " + file.path);
        bring_back(parts_.host, set_.name(), file, parts_.store);
        units = units || file.path.starts_with("/etc/systemd/");
    }
    // Also when a killed run has written them, and nobody knows what the manager has read.
    units = units || std::ranges::any_of(deploy.files, [](const SavedFile& file) {
                return file.path.starts_with("/etc/systemd/");
            });
    if (units && parts_.host.systemd().booted()) parts_.host.systemd().daemon_reload();
}

void Deployment::restart_units(const Deploy& deploy) {
    auto& systemd = parts_.host.systemd();
    if (!systemd.booted()) return;
    for (const auto& unit : deploy.units) {
        const auto status = systemd.status(unit.name);
        // Its package's files are others again; of one that was gone the manager has read nothing.
        const bool unread = status.load_state != "loaded" && status.load_state != "masked";
        if (status.needs_daemon_reload || unread) systemd.daemon_reload();
        if (unit.active) {
            say("restarting " + unit.name);
            systemd.restart(unit.name);
        } else if (status.active_state != "inactive") {
            systemd.stop(unit.name);
        }
    }
}

/// What ran before runs again. When it is well, or a person wants it, the new version was at fault.
void Deployment::judge() {
    auto& deploy = *book_.current;
    report_.reason = deploy.reason;
    std::string wrong;
    try {
        watch(parts_.host, set_, parts_.renderer, progress());
    } catch (const Error& error) {
        host::throw_if_interrupted();
        wrong = error.what();
    }
    try {
        undrain(parts_.host, set_.settings(), progress());
    } catch (const Error& error) {
        host::throw_if_interrupted();
        return give_up(fmt::format("{}; what ran before runs again: {}", deploy.reason, error.what()));
    }
    if (!wrong.empty() && deploy.by_hand) note(deploy.from + " is not well, either: " + wrong);
    if (!wrong.empty() && !deploy.by_hand)
        return acquit(fmt::format("{}; {} fails as well, so the cause is not the release: {}", deploy.reason,
                                  deploy.from, wrong));
    if (deploy.blameless) return acquit(deploy.reason + "; the release has no part in that");
    const bool version_at_fault = deploy.from != deploy.to.version;
    book_.quarantine.push_back({deploy.to, deploy.from, deploy.reason, now_text(), version_at_fault});
    report_.end = DeployEnd::quarantined;
    hold_ = fmt::format("{} was rolled back: {}", deploy.to.version, deploy.reason);
    // Sent back by hand, it had been committed.
    if (book_.committed && book_.committed->version == deploy.to.version) {
        book_.committed = {deploy.from, "", config_digest(parts_.host, set_, parts_.scope, deploy.from)};
        book_.committed_at = now_text();
    }
    const auto* bad = book_.kept_version(deploy.to.version);
    if (version_at_fault && !deploy.by_hand && bad != nullptr) {
        parts_.host.files().remove(parts_.store.package_file(set_.name(), *bad));
        std::erase_if(book_.kept, [&](const KeptDeb& each) { return each.version == deploy.to.version; });
    }
    auto ended = deploy;
    ended.passages.push_back({DeployState::quarantined, now_text()});
    remember(ended);
    advance(DeployState::quarantined);
    write_pins();
    prune_copies();
}

/// It is taken back, and the next run tries it again.
void Deployment::acquit(const std::string& reason) {
    auto& deploy = *book_.current;
    deploy.reason = parts_.redactor.clean(reason);
    report_.reason = deploy.reason;
    report_.end = DeployEnd::environment;
    hold_ = "rolled back in this run; the next one tries again";
    remember(deploy);
    book_.current.reset();
    save();
    prune_copies();
    parts_.tell(report_);
}

/// Nothing more is touched until somebody has looked, or there is another version.
void Deployment::give_up(const std::string& reason) {
    auto& deploy = *book_.current;
    free_room();
    deploy.reason = parts_.redactor.clean(reason);
    report_.reason = deploy.reason;
    report_.end = DeployEnd::failed;
    hold_ = deploy.reason;
    auto ended = deploy;
    ended.passages.push_back({DeployState::failed, now_text()});
    remember(ended);
    advance(DeployState::failed);
}

}  // namespace dray::converge
