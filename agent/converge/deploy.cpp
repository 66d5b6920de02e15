// The way forward of a deploy.
#include "converge/deploy.h"

#include "converge/deploy_beside.h"
#include "converge/deploy_drain.h"
#include "converge/deploy_migration.h"
#include "converge/deploy_snapshot.h"
#include "converge/deploy_target.h"
#include "converge/deploy_watch.h"
#include "duration.h"
#include "host/interrupt.h"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <set>
#include <utility>

namespace dray::converge {
namespace {

constexpr int most_resumptions = 3;  // a deploy that kills its run three times is a loop

bool stops(Outcome outcome) {
    return outcome == Outcome::failed || outcome == Outcome::unreachable || outcome == Outcome::blocked;
}

}  // namespace

Deployment::Deployment(Parts parts, DeploySet set) : parts_(std::move(parts)), set_(std::move(set)) {
    report_.package = set_.name();
    bool corrupt = false;
    book_ = parts_.store.load(set_.name(), parts_.dry, corrupt);
    if (corrupt)
        note(
            "the record of its deploys could not be read and was set aside: what is installed is taken for "
            "good");
    begun_ = parts_.host.clock().steady();
}

std::string Deployment::installed() const {
    return parts_.host.apt().installed(set_.name());
}

std::string Deployment::now_text() const {
    return host::utc_text(parts_.host.clock().now());
}

void Deployment::save() {
    parts_.store.save(set_.name(), book_);
}

void Deployment::say(std::string_view line) const {
    parts_.say(set_.package->id, line);
}

void Deployment::note(std::string text) {
    report_.notes.push_back(parts_.redactor.clean(text));
}

resources::Progress Deployment::progress() const {
    return [this](std::string_view line) { say(line); };
}

/// The state is on disk when this returns. Throws Error when the way forward takes too long.
void Deployment::advance(DeployState state) {
    auto& deploy = *book_.current;
    const auto limit = set_.settings().deadline;
    const bool has_begun = !deploy.passages.empty();
    if (has_begun && goes_forward(state) && parts_.host.clock().steady() - begun_ > limit)
        throw Error("the deploy is not over within " + duration_text(limit),
                    fmt::format("it has come as far as {}", state_text(deploy.state())),
                    "see what took so long, or raise deploy.deadline");
    deploy.passages.push_back({state, now_text()});
    report_.from = deploy.from;
    report_.to = deploy.to.version;
    report_.passages.push_back(deploy.passages.back());
    report_.end = goes_forward(state) ? DeployEnd::underway : report_.end;
    save();
    parts_.tell(report_);
}

void Deployment::open() {
    write_pins();  // as the record says, should a run have died in between
    const auto version = installed();
    if (!book_.current || !is_unfinished(book_.current->state())) {
        if (!parts_.dry) {
            prune_copies();
            free_room();
        }
        if (parts_.wish && parts_.wish->package == set_.name()) return go_back_by_hand(*parts_.wish);
        const bool stands = book_.current && book_.current->state() == DeployState::failed;
        if (!stands && book_.committed && !version.empty() && version != book_.committed->version)
            adopt(version);
        return;
    }
    auto& deploy = *book_.current;
    report_.from = deploy.from;
    report_.to = deploy.to.version;
    report_.end = DeployEnd::underway;
    note(fmt::format("found {} by an earlier run: going on", state_text(deploy.state())));
    ++deploy.resumed;
    try {
        save();
    } catch (const Error& error) {
        // The release may have filled the disk before that run ended; the way back has its own room.
        host::throw_if_interrupted();
        free_room();
        save();
        if (goes_forward(deploy.state())) return roll_back(error.what());
    }
    // A first installation has nothing to return to, so it goes on until it succeeds.
    if (deploy.resumed > most_resumptions && !deploy.from.empty())
        return give_up(fmt::format("{} runs have ended in the middle of it", most_resumptions));
    if (deploy.state() == DeployState::rolling_back)
        go_back();
    else if (deploy.state() == DeployState::rolled_back)
        judge();
    else
        keep_room_again();
}

/// Somebody else has installed another version: the gates come after the fact.
void Deployment::adopt(const std::string& version) {
    note("somebody else has installed it");
    secure_way_back(book_.committed->version, false);
    begun_ = parts_.host.clock().steady();
    Deploy deploy;
    deploy.from = book_.committed->version;
    deploy.to = {version, "", config_digest(parts_.host, set_, parts_.scope, version)};
    deploy.floor = parts_.host.apt().installed_field(set_.name(), "Dray-Schema-Floor");
    deploy.adopted = true;
    deploy.copy = SideBySide::name(version, now_text());
    deploy.files = save_files(parts_.host, set_, parts_.store);
    deploy.units = save_units(parts_.host, set_);
    // It ran before somebody else changed it; a rollback starts what is not to stand still.
    for (auto& unit : deploy.units)
        unit.active = true;
    book_.current = std::move(deploy);
    // What the package's change owes to others, as if this run had made it.
    std::vector<Intent> owed;
    for (const auto* items : {&set_.services, &set_.commands})
        for (const auto* item : *items)
            for (const auto& subscription : item->bound.subscriptions)
                if (subscription.source == set_.package->id && !subscription.action.empty())
                    owed.push_back({item->id, subscription.action, subscription.source});
    parts_.intents.add(owed);
    try {
        advance(DeployState::planned);
        take_out_of_service();
        advance(DeployState::unpacked);
    } catch (const Error& error) {
        host::throw_if_interrupted();
        roll_back(error.what());
    }
}

void Deployment::before(const Item& item) {
    if (underway() && !has_package()) retarget();
    if (set_.is_content(item)) {
        const bool is_package = &item == set_.package;
        if (is_package && parts_.host.apt().status(set_.settings().wish).candidate == installed()) return;
        if (!underway()) begin();
        if (!is_package || !underway()) return;
        retarget();
        download();
        take_out_of_service();
    } else if (underway() && (set_.is_service(item) || !item.resource->is_check())) {
        take_out_of_service();
    }
}

/// A gate that says no says it for the whole set, and the rest of the run.
void Deployment::begin() {
    try {
        plan();
    } catch (const DeployHeld& held) {
        hold_ = held.reason();
        report_.end = held.failure() ? DeployEnd::refused : DeployEnd::waiting;
        report_.reason = parts_.redactor.clean(held.reason());
        throw;
    } catch (const host::RepositoryUnreachable& error) {
        hold_ = error.what();
        report_.end = DeployEnd::waiting;
        report_.reason = parts_.redactor.clean(error.what());
        throw;
    }
}

void Deployment::plan() {
    const auto target = target_of(parts_.host, set_, parts_.scope);
    if (target.version.empty()) return;  // the package's own turn tells why there is none
    const auto from = installed();
    const auto wrong = from.empty() ? std::string() : what_is_wrong(parts_.host, set_, parts_.renderer);
    const bool was_well = wrong.empty() && !from.empty();
    if (!wrong.empty()) note("it was not well before: " + wrong);
    pass_gates(target, was_well);
    if (parts_.dry) return;
    if (!from.empty() && from != target.version) secure_way_back(from, was_well);
    begun_ = parts_.host.clock().steady();
    Deploy deploy;
    deploy.from = from;
    deploy.to = target;
    deploy.copy = SideBySide::name(target.version, now_text());
    deploy.floor = target.floor;
    deploy.was_well = was_well;
    deploy.files = save_files(parts_.host, set_, parts_.store);
    deploy.units = save_units(parts_.host, set_);
    book_.current = std::move(deploy);
    advance(DeployState::planned);
}

/// Whether the version that is deployed is installed.
bool Deployment::has_package() const {
    return installed() == book_.current->to.version;
}

/// What is to be deployed may have changed since it was planned: by a source above the package, or since an
/// earlier run, which may have seen a release that is withdrawn now.
void Deployment::retarget() {
    auto& deploy = *book_.current;
    const auto target = target_of(parts_.host, set_, parts_.scope);
    if (target.version == deploy.to.version || target.version.empty()) return;
    if (!deploy.from.empty() && deploy.from != target.version) {
        is_blameless_ = true;
        try {
            secure_way_back(deploy.from, deploy.was_well);
        } catch (const DeployHeld& held) {
            throw Error("cannot go on with the deploy of " + set_.name(), held.reason());
        }
        is_blameless_ = false;
    }
    deploy.to = target;
    deploy.copy = SideBySide::name(target.version, now_text());
    deploy.floor = target.floor;
    deploy.resumed = 0;
    advance(DeployState::planned);
}

/// The package and all that it needs, so that a repository which is down stops it here. Throws Error.
void Deployment::download() {
    auto& deploy = *book_.current;
    if (deploy.to.version == installed()) return;
    is_blameless_ = true;
    const auto* kept = book_.kept_version(deploy.to.version);
    const bool there =
        kept != nullptr && parts_.host.files().exists(parts_.store.package_file(set_.name(), *kept));
    if (!there || kept->sha256 != deploy.to.sha256)
        keep(parts_.host.apt().fetch(set_.name(), deploy.to.version,
                                     parts_.store.packages_folder(set_.name()), progress()));
    set_.package->resource->prepare(parts_.host, kept_package(deploy.to.version), progress());
    is_blameless_ = false;
    if (deploy.state() < DeployState::downloaded) advance(DeployState::downloaded);
}

void Deployment::take_out_of_service() {
    if (book_.current->state() >= DeployState::drained) return;
    drain(parts_.host, set_.settings(), progress());
    advance(DeployState::drained);
}

void Deployment::after(const Item& item, const Step& step) {
    if (!underway() || !set_.has(item)) return;
    auto& deploy = *book_.current;
    if (stops(step.outcome)) {
        const bool is_gate = std::ranges::find(set_.gates, &item) != set_.gates.end();
        const auto cause = !step.error ? item.id + " is left alone, as " + step.reason
                           : is_gate   ? beside_units(*step.error, parts_.host, set_).what()
                                       : step.error->what();
        is_blameless_ = is_blameless_ || step.beyond_plan || step.outcome == Outcome::unreachable;
        return roll_back(cause);
    }
    if (&item != set_.package) return;
    try {
        if (deploy.from != deploy.to.version && deploy.state() < DeployState::unpacked &&
            installed() == deploy.to.version)
            advance(DeployState::unpacked);
        if (deploy.state() == DeployState::unpacked) {
            migrate();
            advance(DeployState::migrated);
            end_migration(parts_.host, set_.name(), deploy.to.version);
        }
        if (deploy.state() == DeployState::migrated) put_beside();
    } catch (const Error& error) {
        host::throw_if_interrupted();
        roll_back(error.what());
    }
}

/// In a unit of its own, so that an end of this program does not end it, and the next run takes over its
/// result. Throws Error.
void Deployment::migrate() {
    if (set_.settings().migrate.empty()) return;
    try {
        run_migration(parts_.host, set_.settings(), set_.name(), book_.current->to.version,
                      parts_.store.log_file(set_.name()), progress());
    } catch (const Error& error) {
        is_blameless_ = is_about_lock(error);
        throw;
    }
}

/// The services are restarted later, and until then run on with what they have. Throws Error.
void Deployment::put_beside() {
    is_blameless_ = true;
    SideBySide beside(parts_.host, set_);
    if (beside.wanted())
        beside.put(book_.current->copy, progress());
    else
        beside.take_away(progress());
    is_blameless_ = false;
}

void Deployment::finish() {
    if (!underway()) return;
    try {
        if (!has_package()) retarget();
        if (!has_package()) return;  // the next run goes on
        if (book_.current->state() < DeployState::started) advance(DeployState::started);
        if (book_.current->state() < DeployState::verified) verify();
        undrain(parts_.host, set_.settings(), progress());
        is_blameless_ = true;  // it has passed all its gates
        commit();
        is_blameless_ = false;
    } catch (const Error& error) {
        host::throw_if_interrupted();
        roll_back(error.what());
    }
}

void Deployment::verify() {
    watch(parts_.host, set_, parts_.renderer, progress());
    advance(DeployState::verified);
}

void Deployment::commit() {
    if (book_.current->adopted) keep_adopted();
    const auto before = book_;
    auto deploy = std::move(*book_.current);
    deploy.passages.push_back({DeployState::committed, now_text()});
    book_.current.reset();
    book_.committed = deploy.to;
    book_.committed_at = now_text();
    book_.quarantine.clear();
    remember(deploy);
    book_.previous = deploy;
    try {
        prune_kept();
        save();
    } catch (const Error&) {
        book_ = before;
        throw;
    }
    report_.passages.push_back(deploy.passages.back());
    report_.end = DeployEnd::committed;
    parts_.tell(report_);
    tidy_up();
}

/// What is left of it; the next run does what cannot be done now.
void Deployment::tidy_up() {
    try {
        free_room();
        write_pins();
        parts_.store.forget_contents(set_.name(), {&*book_.previous});
    } catch (const Error& error) {
        host::throw_if_interrupted();
        note(error.what());
    }
    prune_copies();
}

/// The one that runs, and the one that a rollback by hand returns to.
void Deployment::prune_copies() {
    SideBySide beside(parts_.host, set_);
    std::set<std::string> keep;
    if (book_.previous) keep.insert(beside.saved_copy(book_.previous->files));
    try {
        beside.prune(keep);
    } catch (const Error& error) {
        host::throw_if_interrupted();
        note(error.what());  // the next run tries again
    }
}

void Deployment::remember(const Deploy& deploy) {
    book_.history.push_back({parts_.run, deploy.from, deploy.to.version, deploy.passages, deploy.reason});
    if (book_.history.size() > kept_history) book_.history.erase(book_.history.begin());
}

void Deployment::close(bool well) {
    if (parts_.dry || underway() || !well) return;
    const auto version = installed();
    if (version.empty() || report_.end != DeployEnd::none) return;
    if (book_.committed && book_.committed->version == version) return;
    book_.committed = {version, "", config_digest(parts_.host, set_, parts_.scope, version)};
    book_.committed_at = now_text();
    save();
}

}  // namespace dray::converge
