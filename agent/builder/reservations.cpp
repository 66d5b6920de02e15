// Numbers of releases, each of which is given away once.
#include "builder/reservations.h"

#include "builder/checks.h"
#include "builder/unsure.h"
#include "error.h"

#include <spdlog/fmt/fmt.h>

#include <unistd.h>

#include <algorithm>
#include <array>
#include <random>

namespace dray::builder {
namespace {

constexpr int most_races = 1000;  // each lost one means that somebody else has won

std::string ref_of(const Version& version) {
    return std::string(reserved_refs) + version.text();
}

std::string host_name() {
    std::array<char, 256> name{};
    if (::gethostname(name.data(), name.size() - 1) != 0) return "unknown";
    return name.data();
}

/// Two hosts that reserve for one commit in one second must not make the same object: git would tell both
/// that the ref is theirs already.
std::string nonce() {
    std::random_device device;
    return fmt::format("{:08x}{:08x}{:08x}{:08x}", device(), device(), device(), device());
}

const ReservedNumber* find(const RemoteRefs& refs, const Version& version) {
    const auto found = std::find_if(refs.reserved.begin(), refs.reserved.end(),
                                    [&](const ReservedNumber& number) { return number.version == version; });
    return found == refs.reserved.end() ? nullptr : &*found;
}

bool is_tagged(const RemoteRefs& refs, const Version& version) {
    const std::vector<Version> tagged = versions_of(refs.tags);
    return std::find(tagged.begin(), tagged.end(), version) != tagged.end();
}

}  // namespace

Reservation Reservations::make(const Version& version, const std::string& commit) const {
    const auto now = std::chrono::floor<std::chrono::seconds>(clock_.now()).time_since_epoch().count();
    const std::string text =
        fmt::format("object {}\ntype commit\ntag {}\ntagger {} {} +0000\n\nreserved by {}\n{}\n", commit,
                    version.text(), settings_.release.identity, now, host_name(), nonce());
    return {version, git_.make_object(text), settings_.publish.remote};
}

bool Reservations::reserve(const Reservation& wanted, const std::string& commit) {
    // Written first: a run that is killed right after the push leaves a number that the next run knows of.
    state_.add(wanted);
    const host::Result pushed = git_.create_ref(wanted.remote, ref_of(wanted.version), wanted.object);
    const RemoteRefs refs = git_.remote_refs(wanted.remote);
    const ReservedNumber* there = find(refs, wanted.version);
    if (!there || there->object != wanted.object) {
        const bool taken = there || is_tagged(refs, wanted.version);
        state_.forget(wanted);
        if (taken) return false;
        const std::size_t end = pushed.errors.find_last_not_of('\n');
        throw Unsure(git_.not_created(
            wanted.remote,
            Error(fmt::format("cannot reserve the number {}", wanted.version.text()),
                  fmt::format("git push: {}: {}", pushed.outcome(),
                              end == pushed.errors.npos ? "no words" : pushed.errors.substr(0, end + 1)),
                  fmt::format("the builder needs the right to create {}*", reserved_refs))));
    }
    // Whoever was listed before and has published and cleaned up since then left a tag.
    if (is_tagged(refs, wanted.version)) {
        give_back();
        return false;
    }
    leave_to_others(refs, wanted, commit);
    return true;
}

void Reservations::leave_to_others(const RemoteRefs& refs, const Reservation& wanted,
                                   const std::string& commit) {
    const std::string attempt = fmt::format("cannot release commit {}", short_hash(commit));
    if (const auto why = in_order_ ? released_in(git_, commit, refs.tags, wanted.remote)
                                   : released_as(commit, refs.tags)) {
        give_back();
        throw Released(attempt, *why);
    }
    const std::vector<Reservation> ours = state_.reservations();
    for (const ReservedNumber& other : refs.reserved) {
        const bool own = std::any_of(ours.begin(), ours.end(),
                                     [&](const Reservation& one) { return one.object == other.object; });
        if (own || !(other.version < wanted.version)) continue;
        if (other.commit != commit) {
            if (!in_order_) continue;
            if (!git_.has(other.commit)) git_.fetch(wanted.remote, ref_of(other.version));
            if (!git_.is_ancestor(commit, other.commit)) continue;
        }
        give_back();
        throw Unsure(
            Error(attempt,
                  fmt::format("another build host is releasing {} as {}",
                              other.commit == commit ? "it" : "a later commit", other.version.text()),
                  fmt::format("if that host died for good: git push REMOTE :{}", ref_of(other.version))));
    }
}

Reservation Reservations::take(const std::string& commit, const std::vector<Version>& used,
                               const std::function<void(const std::string&)>& say) {
    std::string said;
    for (int attempt = 0; attempt < most_races; ++attempt) {
        std::vector<Version> existing = git_.remote_refs(settings_.publish.remote).versions();
        existing.insert(existing.end(), used.begin(), used.end());
        const auto today = std::chrono::year_month_day(std::chrono::floor<std::chrono::days>(clock_.now()));
        const NextVersion next = next_version(existing, today.year() / today.month());
        if (!next.note.empty() && said.empty()) say(said = next.note);
        const Reservation wanted = make(next.version, commit);
        if (reserve(wanted, commit)) return wanted;
    }
    throw Unsure(Error("cannot reserve a number", fmt::format("others were faster {} times", most_races)));
}

Reservation Reservations::take_exactly(const Version& version, const std::string& commit) {
    const std::string attempt = fmt::format("cannot publish {}", version.text());
    const std::vector<Version> existing = versions_of(git_.remote_refs(settings_.publish.remote).tags);
    const auto highest = std::max_element(existing.begin(), existing.end());
    if (highest != existing.end() && version < *highest)
        throw Error(attempt, fmt::format("there is a higher one already, {}", highest->text()),
                    "build again: the next number is chosen");
    Reservation wanted = make(version, commit);
    if (reserve(wanted, commit)) return wanted;
    throw Error(attempt, "the number is taken on the remote", "build again: the next number is chosen");
}

bool Reservations::is_gone(const Reservation& reservation) const {
    try {
        const RemoteRefs refs = git_.remote_refs(reservation.remote);
        const ReservedNumber* there = find(refs, reservation.version);
        return !there || there->object != reservation.object;
    } catch (const Error&) {  // the remote is away: nobody knows
        return false;
    }
}

bool Reservations::give_back() {
    bool all = true;
    for (const Reservation& one : state_.reservations()) {
        if (git_.delete_ref(one.remote, ref_of(one.version), one.object) || is_gone(one))
            state_.forget(one);
        else
            all = false;
    }
    return all;
}

}  // namespace dray::builder
