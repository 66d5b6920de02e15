// The verbs of dray-build.
#include "builder/pipeline.h"

#include "builder/checks.h"
#include "builder/durable.h"
#include "builder/python_index.h"
#include "builder/room.h"
#include "builder/tag_text.h"
#include "builder/test_run.h"
#include "builder/unsure.h"
#include "error.h"

#include <nlohmann/json.hpp>
#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <map>
#include <utility>

namespace dray::builder {
namespace fs = std::filesystem;
namespace {

constexpr auto settings_file = "dray-build.toml";
constexpr std::size_t shown_hash = 12;
constexpr std::size_t shown_command = 60;
constexpr std::chrono::sys_seconds earliest_time =
    std::chrono::sys_days(std::chrono::year(1980) / 1 / 2);  // of a zip
constexpr std::size_t most_changes = 200;  // of a first release of an old project nobody reads more

/// Text of somebody else for one line of the terminal: short, and without what could redraw it.
std::string shown(std::string text, std::size_t limit) {
    for (char& c : text)
        if (static_cast<unsigned char>(c) < ' ' || c == '\x7f') c = '?';
    if (text.size() <= limit) return text;
    while (limit > 0 && (static_cast<unsigned char>(text[limit]) & 0xC0) == 0x80)
        --limit;
    return text.substr(0, limit) + "…";
}

/// As release.json has them: what is no UTF-8 becomes U+FFFD, so that a later run reads what this one has.
std::vector<std::string> as_utf8(const std::vector<std::string>& lines) {
    const nlohmann::json json(lines);
    return nlohmann::json::parse(json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
}

std::optional<SettingsText> settings_of(const Git& git, const std::string& commit) {
    auto text = git.file(commit, settings_file);
    if (!text) return {};
    return SettingsText{settings_file, std::move(*text)};
}

}  // namespace

Pipeline::Pipeline(Machine machine, Progress& progress, Request request, fs::path scratch)
    : machine_(machine),
      progress_(progress),
      request_(std::move(request)),
      scratch_(std::move(scratch)),
      state_(machine.files, read_settings({}, request_.host, Need::nothing).host.state, request_.repository) {
}

std::vector<fs::path> Pipeline::written_folders() const {
    return {Scratch::parent(), state_.folder(), request_.work, settings_.publish.index,
            settings_.publish.apt};
}

void Pipeline::attempt(const std::function<void()>& work) const {
    write_part([this] { return written_folders(); }, work);
}

void Pipeline::clone() {
    if (git_) return;
    progress_.step("source", [&] {
        git_.emplace(machine_.processes, request_.repository, scratch_ / "clone",
                     read_settings({}, request_.host, Need::nothing).host.git_timeout);
        return request_.repository;
    });
}

void Pipeline::open(Need need) {
    clone();
    if (request_.commit.empty()) {
        const auto head = git_->head();
        const auto at_head = head ? settings_of(*git_, head->id) : std::nullopt;
        commit_ = git_->tip(release_branch(at_head, request_.host));
    } else {
        commit_ = git_->commit(request_.commit);
    }
    commit_.time = std::max(commit_.time, earliest_time);
    const auto service = settings_of(*git_, commit_.id);
    if (!service && !request_.host)
        throw Error(fmt::format("cannot build commit {}", commit_.id.substr(0, shown_hash)),
                    fmt::format("it has no {}", settings_file),
                    "the file says what to build and where to; dray-build(1) shows one");
    settings_ = read_settings(service, request_.host, need);
    interpreter_.reset();
    refs_ = git_->remote_refs(settings_.publish.remote);
}

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

void Pipeline::lock() {
    state_.prepare();
    lock_.emplace(state_.folder(),
                  [&] { progress_.note("waiting for another release on this build host to end"); });
}

Publisher Pipeline::publisher() {
    return {machine_.processes,
            machine_.files,
            machine_.clock,
            machine_.http,
            settings_,
            *git_,
            state_,
            [this](const std::string& text) { progress_.note(text); }};
}

std::unique_ptr<PythonIndex> Pipeline::index() const {
    return python_index(machine_.files, machine_.processes, machine_.http, settings_);
}

std::unique_ptr<PackageArchive> Pipeline::archive() const {
    return package_archive(machine_.processes, machine_.files, machine_.clock, settings_,
                           [this](const std::string& text) { progress_.note(text); });
}

Reservations Pipeline::reservations() {
    return {*git_, settings_, state_, machine_.clock, in_order_};
}

void Pipeline::give_back() {
    if (reservations().give_back()) return;
    for (const Reservation& left : state_.reservations())
        progress_.note(fmt::format("note: the reservation of {} is still on the remote; it is removed later",
                                   left.version.text()));
}

void Pipeline::end_earlier_run() {
    if (!state_.publication()) {
        give_back();
        return;
    }
    // It has its own commit and its own settings.
    progress_.note("an earlier run was cut off while it published; going on with that first");
    const Request wanted = std::exchange(
        request_,
        {.repository = request_.repository, .commit = {}, .host = request_.host, .work = {}, .version = {}});
    const bool ended = end_publication();
    request_ = wanted;
    open(Need::release);
    ended_ = ended && products_.commit == commit_.id;
}

bool Pipeline::end_publication() {
    try {
        finish_journal();
        return true;
    } catch (const NumberTaken& error) {
        progress_.note(
            fmt::format("note: {} is given up, and a release of its commit gets another number: {}",
                        products_.version.text(), error.parts().cause));
        return false;
    }
}

Products Pipeline::take_products(Need need) {
    clone();
    Products products = Products::load(machine_.files, request_.work);
    if (request_.version && *request_.version != products.version)
        throw Error(fmt::format("cannot take the products in {}", request_.work.string()),
                    fmt::format("they are of {}, not {}", products.version.text(), request_.version->text()));
    request_.commit = products.commit;
    open(need);
    return products;
}

Version Pipeline::next_version() {
    attempt([&] {
        open(Need::version);
        choose_version();
    });
    return products_.version;
}

Products Pipeline::publish() {
    attempt([&] { publish_taken(); });
    return products_;
}

void Pipeline::publish_taken() {
    products_ = take_products(Need::publish);
    const bool whole = settings_.service.recipes
                           ? !products_.debs.empty()
                           : !products_.sdist.empty() && !products_.wheel.empty() && !products_.debs.empty();
    if (!whole)
        throw Error(fmt::format("cannot publish {}", products_.version.text()),
                    "sdist, wheel and package are published together, and one of them is not built",
                    settings_.service.recipes ? "run dray-build deb first"
                                              : "run dray-build dist and dray-build deb first");
    lock();
    if (const auto journal = state_.publication()) {
        if (journal->version != products_.version || journal->products != products_.folder)
            throw Error(fmt::format("cannot publish {}", products_.version.text()),
                        fmt::format("{} is published in part", journal->version.text()),
                        "end that first: dray-build resume");
        finish_journal();
        return;
    }
    const std::vector<Version> tagged = versions_of(refs_.tags);
    if (std::find(tagged.begin(), tagged.end(), products_.version) == tagged.end()) {
        give_back();
        refuse_taken_back();
        reservations().take_exactly(products_.version, products_.commit);
    }
    make_public();
}

void Pipeline::test() {
    if (settings_.test.command.empty()) {
        progress_.note("note: [test] command is not set, so no tests are run");
        return;
    }
    progress_.step("tests", [&] {
        const Scratch folder;  // which goes when they have ended
        git_->check_out(commit_.id, folder.path() / "tests/checkout");
        run_tests(machine_.processes, settings_, folder.path() / "tests");
        return shown(host::Command{.argv = settings_.test.command}.text(), shown_command);
    });
}

std::optional<std::string> Pipeline::released() const {
    return in_order_ ? released_in(*git_, commit_.id, refs_.tags, settings_.publish.remote)
                     : released_as(commit_.id, refs_.tags);
}

void Pipeline::refuse_released() const {
    if (const auto why = released())
        throw Released(
            fmt::format("cannot release {} {}", settings_.service.name, commit_.id.substr(0, shown_hash)),
            *why, "push a new commit to release again");
}

void Pipeline::release_locked() {
    refuse_released();
    test_and_prepare();
    try {
        progress_.step("version", [&] {
            refs_ = git_->remote_refs(settings_.publish.remote);  // another build host may have been faster
            refuse_released();
            reserve_version();
            return products_.version.text();
        });
        make_products();
        products_.save(machine_.files);
        make_public();
    } catch (const NumberTaken& error) {
        throw Unsure(error);  // the next run takes the next one
    } catch (...) {
        if (!state_.publication()) give_back();
        throw;
    }
}

void Pipeline::begin_release() {
    open(Need::release);
    progress_.note(fmt::format("{} {}: {}", settings_.service.name, commit_.id.substr(0, shown_hash),
                               shown(commit_.subject, shown_command)));
    nobodys_fault([&] {
        lock();
        end_earlier_run();
    });
}

Products Pipeline::release() {
    attempt([&] {
        begin_release();
        if (ended_) return;
        refuse_own(commit_, OwnCommits(machine_.files, state_.folder() / "own"), settings_);
        release_locked();
    });
    return products_;
}

std::optional<Products> Pipeline::release_push(const std::string& before, const OwnCommits& own) {
    in_order_ = true;
    attempt([&] {
        clone();
        if (!git_->is_reachable(request_.commit)) {
            leave_out_pushed_over();
            return;
        }
        begin_release();
        if (ended_) return;
        why_skipped_ = released().value_or(std::string());
        if (own.only_ours(git_->commits(before, commit_.id)))
            why_skipped_ = "all of it was made by the release process";
        if (why_skipped_.empty()) release_locked();
    });
    if (why_skipped_.empty()) return products_;
    progress_.note(fmt::format("nothing to release: {}", why_skipped_));
    return {};
}

void Pipeline::leave_out_pushed_over() {
    const std::string commit = request_.commit;
    nobodys_fault([&] {
        lock();
        if (state_.publication()) {
            ended_ = end_publication() && products_.commit == commit;
        } else {
            settings_ = read_settings({}, request_.host, Need::nothing);
            give_back();
        }
    });
    if (!ended_) why_skipped_ = "it was pushed over: no branch or tag has it any more";
}

std::string Pipeline::branch() {
    clone();
    const auto head = git_->head();
    return release_branch(head ? settings_of(*git_, head->id) : std::nullopt, request_.host);
}

std::string Pipeline::commit_id() {
    clone();
    return git_->commit(request_.commit).id;
}

}  // namespace dray::builder
