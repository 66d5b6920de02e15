// The verbs of dray-build.
#include "builder/pipeline.h"

#include "builder/apt_repository.h"
#include "builder/checks.h"
#include "builder/deb.h"
#include "builder/distributions.h"
#include "builder/environment.h"
#include "builder/post_receive.h"
#include "builder/publish.h"
#include "builder/simple_index.h"
#include "error.h"

#include <spdlog/fmt/fmt.h>

#include <algorithm>

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

std::optional<SettingsText> settings_of(const Git& git, const std::string& commit) {
    auto text = git.file(commit, settings_file);
    if (!text) return {};
    return SettingsText{settings_file, std::move(*text)};
}

}  // namespace

Pipeline::Pipeline(Machine machine, Progress& progress, Request request, fs::path scratch)
    : machine_(machine), progress_(progress), request_(std::move(request)), scratch_(std::move(scratch)) {}

void Pipeline::clone() {
    if (git_) return;
    progress_.step("source", [&] {
        git_.emplace(machine_.processes, request_.repository, scratch_ / "clone");
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
    tags_ = git_->remote_tags(settings_.publish.remote);
}

void Pipeline::choose_version() {
    const std::vector<Version> tagged = versions_of(tags_);
    products_.folder = request_.work.empty() ? scratch_ / "products" : request_.work;
    products_.commit = commit_.id;
    if (request_.version) {
        products_.version = *request_.version;
    } else {
        // Numbers that a run used which died before its tag are not used again: their files may have been
        // seen.
        std::vector<Version> existing = tagged;
        const auto add = [&](const std::vector<Version>& more) {
            existing.insert(existing.end(), more.begin(), more.end());
        };
        if (!settings_.publish.index.empty())
            add(index_versions(machine_.files, settings_.publish.index, settings_.service.name));
        if (!settings_.publish.apt.empty() && !settings_.deb.package.empty())
            add(pool_versions(machine_.files, settings_.publish, settings_.deb.package));
        const auto today =
            std::chrono::year_month_day(std::chrono::floor<std::chrono::days>(machine_.clock.now()));
        const NextVersion next = builder::next_version(existing, today.year() / today.month());
        if (!next.note.empty()) progress_.note("note: " + next.note);
        products_.version = next.version;
    }
    // The changes since the highest release: that is the one that hosts have.
    const Tag* last = nullptr;
    for (const Tag& tag : tags_) {
        const auto version = Version::parse(tag.name);
        if (version && *version < products_.version && (!last || *Version::parse(last->name) < *version))
            last = &tag;
    }
    products_.changes = git_->subjects(last ? last->commit : "", commit_.id);
    if (products_.changes.empty()) products_.changes = {commit_.subject};
    if (products_.changes.size() > most_changes) products_.changes.resize(most_changes);
}

void Pipeline::lock() {
    if (!machine_.files.status(settings_.publish.apt))
        machine_.files.make_directory(settings_.publish.apt, {.owner = {}, .group = {}, .mode = 0755}, true);
    lock_.emplace(settings_.publish.apt,
                  [&] { progress_.note("waiting for another release on this build host to end"); });
}

void Pipeline::make_distributions() {
    progress_.step("distributions", [&] {
        const Source source{scratch_ / "source", commit_.time};
        git_->export_tree(commit_.id, source.folder);
        const Interpreter interpreter = find_interpreter(machine_.processes, settings_.python.interpreter);
        builder::build_distributions(machine_.processes, machine_.files, settings_, interpreter, source,
                                     scratch_, products_);
        return products_.sdist + ", " + products_.wheel;
    });
}

void Pipeline::make_deb() {
    // Its own export: what a build left in the other must not reach the lock.
    const Source source{scratch_ / "locked-source", commit_.time};
    const fs::path tree = scratch_ / "package";
    Interpreter interpreter;
    progress_.step("environment", [&] {
        git_->export_tree(commit_.id, source.folder);
        interpreter = find_interpreter(machine_.processes, settings_.python.interpreter);
        build_environment(machine_.processes, settings_, interpreter, source, products_, scratch_,
                          tree / settings_.deb.prefix.relative_path());
        return settings_.deb.prefix.string();
    });
    progress_.step("package", [&] {
        builder::build_deb(machine_.processes, settings_, interpreter, commit_.time, scratch_, tree,
                           products_);
        return fmt::format("{}, {:.1f} MB", products_.deb,
                           static_cast<double>(fs::file_size(products_.folder / products_.deb)) / 1e6);
    });
}

void Pipeline::make_public() {
    Published state = Published::nothing;
    try {
        progress_.step("publish", [&] {
            builder::publish(machine_.processes, machine_.files, machine_.clock, settings_, *git_, products_,
                             scratch_ / "publish", state);
            return fmt::format("{}, {}, tag {}", settings_.publish.index.string(),
                               settings_.publish.apt.string(), products_.version.text());
        });
    } catch (const Error& error) {
        if (state != Published::partly) throw;
        // The very same bytes are needed to go on, so they outlive the scratch folder.
        fs::path kept = products_.folder;
        if (request_.work.empty()) {
            kept =
                scratch_.parent_path() / fmt::format("{}-{}{}", settings_.deb.package,
                                                     products_.version.text(), scratch_.extension().string());
            fs::rename(products_.folder, kept);
        }
        throw Error(
            fmt::format("{} {} is published in part", settings_.service.name, products_.version.text()),
            error.what(),
            fmt::format("once that is mended, run dray-build publish --repository {} --work {}",
                        request_.repository, kept.string()));
    }
}

Products Pipeline::take_products(Need need) {
    clone();
    Products products = Products::load(machine_.processes, machine_.files, request_.work);
    if (request_.version && *request_.version != products.version)
        throw Error(fmt::format("cannot take the products in {}", request_.work.string()),
                    fmt::format("they are of {}, not {}", products.version.text(), request_.version->text()));
    request_.commit = products.commit;
    open(need);
    return products;
}

Version Pipeline::next_version() {
    open(Need::version);
    choose_version();
    return products_.version;
}

Products Pipeline::build_distributions() {
    open(Need::dist);
    choose_version();
    make_distributions();
    products_.save(machine_.processes, machine_.files);
    return products_;
}

Products Pipeline::build_deb() {
    products_ = take_products(Need::deb);
    make_deb();
    products_.save(machine_.processes, machine_.files);
    return products_;
}

Products Pipeline::publish() {
    products_ = take_products(Need::publish);
    if (products_.sdist.empty() || products_.wheel.empty() || products_.deb.empty())
        throw Error(fmt::format("cannot publish {}", products_.version.text()),
                    "sdist, wheel and package are published together, and one of them is not built",
                    "run dray-build dist and dray-build deb first");
    lock();
    make_public();
    return products_;
}

Products Pipeline::release() {
    open(Need::release);
    progress_.note(fmt::format("{} {}: {}", settings_.service.name, commit_.id.substr(0, shown_hash),
                               shown(commit_.subject, shown_command)));
    refuse_released(commit_, tags_, settings_);
    lock();
    if (!settings_.test.command.empty()) {
        progress_.step("tests", [&] {
            git_->check_out(commit_.id, scratch_ / "checkout");
            run_tests(machine_.processes, settings_, scratch_ / "checkout", scratch_);
            return shown(host::Command{.argv = settings_.test.command}.text(), shown_command);
        });
    } else {
        progress_.note("note: [test] command is not set, so no tests are run");
    }
    progress_.step("version", [&] {
        tags_ = git_->remote_tags(settings_.publish.remote);  // whoever had the lock may have made one
        refuse_released(commit_, tags_, settings_);
        choose_version();
        return products_.version.text();
    });
    make_distributions();
    make_deb();
    products_.save(machine_.processes, machine_.files);
    make_public();
    return products_;
}

std::optional<Products> Pipeline::post_receive(const std::string& lines) {
    const std::vector<RefUpdate> updates = parse_ref_updates(lines);
    if (!moves_a_branch(updates)) return {};
    clone();
    const auto head = git_->head();
    const std::string branch =
        release_branch(head ? settings_of(*git_, head->id) : std::nullopt, request_.host);
    const auto commit = pushed_commit(updates, branch);
    if (!commit) {
        progress_.note(fmt::format("nothing to release: {} was not pushed", branch));
        return {};
    }
    request_.commit = *commit;
    return release();
}

}  // namespace dray::builder
