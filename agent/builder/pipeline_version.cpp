// How dray-build's verbs choose the number of a release, reserve it, and tell what it brings.
#include "builder/pipeline.h"
#include "builder/tag_text.h"
#include "error.h"
#include "host/interrupt.h"

#include <nlohmann/json.hpp>
#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <chrono>
#include <map>

namespace dray::builder {
namespace fs = std::filesystem;
namespace {

constexpr std::size_t most_changes = 200;  // of a first release of an old project nobody reads more

/// As release.json has them: what is no UTF-8 becomes U+FFFD, so that a later run reads what this one has.
std::vector<std::string> as_utf8(const std::vector<std::string>& lines) {
    const nlohmann::json json(lines);
    return nlohmann::json::parse(json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
}

}  // namespace

std::vector<Version> Pipeline::used_versions() const {
    // Numbers that a run used which died before its tag are not used again: their files may have been seen.
    std::vector<Version> used;
    if (const auto there = index()) used = there->versions();
    for (const TakenBack& given_up : state_.taken_back())
        used.push_back(given_up.version);
    const std::vector<Version> packages = archive()->versions();
    used.insert(used.end(), packages.begin(), packages.end());
    return used;
}

void Pipeline::choose_version() {
    products_.folder = request_.work.empty() ? scratch_ / "products" : request_.work;
    products_.commit = commit_.id;
    if (request_.version) {
        products_.version = *request_.version;
        refuse_lower_number();
    } else {
        std::vector<Version> existing = refs_.versions();
        const std::vector<Version> used = used_versions();
        existing.insert(existing.end(), used.begin(), used.end());
        const auto today =
            std::chrono::year_month_day(std::chrono::floor<std::chrono::days>(machine_.clock.now()));
        const NextVersion next = builder::next_version(existing, today.year() / today.month());
        if (!next.note.empty()) progress_.note("note: " + next.note);
        products_.version = next.version;
    }
    describe();
}

void Pipeline::refuse_lower_number() const {
    const auto highest =
        std::max_element(refs_.tags.begin(), refs_.tags.end(), [](const Tag& a, const Tag& b) {
            return Version::parse(a.name) < Version::parse(b.name);  // what is no version comes first
        });
    const auto version = highest == refs_.tags.end() ? std::nullopt : Version::parse(highest->name);
    const bool again = std::any_of(refs_.tags.begin(), refs_.tags.end(), [&](const Tag& tag) {
        return tag.commit == commit_.id && Version::parse(tag.name) == products_.version;
    });
    if (again || !version || *version < products_.version) return;
    throw Error(fmt::format("cannot build {}", products_.version.text()),
                fmt::format("the remote has the tag {}", highest->name),
                "a new release has a higher number than all that exist");
}

void Pipeline::refuse_taken_back() const {
    for (const TakenBack& one : state_.taken_back())
        if (one.version == products_.version && one.files != products_.digests())
            throw Error(
                fmt::format("cannot publish {}", products_.version.text()),
                "this number was published before with other files, and taken back: somebody may have those",
                "build again: the next number is chosen");
}

void Pipeline::reserve_version() {
    products_.folder = request_.work.empty() ? state_.products() : request_.work;
    if (request_.work.empty()) fs::remove_all(products_.folder);
    products_.commit = commit_.id;
    products_.version = reservations()
                            .take(commit_.id, used_versions(),
                                  [&](const std::string& note) { progress_.note("note: " + note); })
                            .version;
    describe();
}

void Pipeline::describe() {
    // The changes since the highest release: that is the one that hosts have.
    std::map<Version, const Tag*> earlier;
    for (const Tag& tag : refs_.tags)
        if (const auto version = Version::parse(tag.name); version && *version < products_.version)
            earlier[*version] = &tag;
    products_.changes = git_->subjects(earlier.empty() ? "" : earlier.rbegin()->second->commit, commit_.id);
    if (products_.changes.empty()) products_.changes = {commit_.subject};
    if (products_.changes.size() > most_changes) products_.changes.resize(most_changes);
    products_.changes = as_utf8(products_.changes);

    std::vector<std::string> names;
    for (const auto& [version, tag] : earlier)
        names.push_back(tag->name);
    const auto before = highest_floor(git_->tag_objects(names, settings_.publish.remote));
    const auto& wanted = settings_.deb.schema_floor;
    if (wanted && *wanted > products_.version)
        throw Error(fmt::format("cannot make the release {}", products_.version.text()),
                    fmt::format("its schema_floor is {}, a later one", wanted->text()),
                    "it names the oldest release whose code runs on the database as this one leaves it: this "
                    "release itself at most");
    if (wanted && before && *wanted < *before)
        progress_.note(fmt::format("note: schema_floor stays at {}, as an earlier release says; {} is lower",
                                   before->text(), wanted->text()));
    products_.schema_floor = std::max(wanted, before);
}

Reservations Pipeline::reservations() {
    return {*git_, settings_, state_, machine_.clock, in_order_};
}

void Pipeline::give_back() {
    if (host::interrupted() != 0 && !state_.reservations().empty())
        progress_.note("giving the number back, which takes a minute at most");
    if (reservations().give_back()) return;
    for (const Reservation& left : state_.reservations())
        progress_.note(
            fmt::format("note: the reservation of {} may still be on the remote; it is removed later",
                        left.version.text()));
}

Version Pipeline::next_version() {
    attempt([&] {
        open(Need::version);
        choose_version();
    });
    return products_.version;
}

}  // namespace dray::builder
