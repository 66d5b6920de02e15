// What dray-build's verbs have in common: the repository, the commit and its settings, and where it all goes.
#include "builder/pipeline.h"

#include "builder/room.h"
#include "error.h"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <utility>

namespace dray::builder {
namespace fs = std::filesystem;
namespace {

constexpr auto settings_file = "dray-build.toml";
constexpr std::chrono::sys_seconds earliest_time =
    std::chrono::sys_days(std::chrono::year(1980) / 1 / 2);  // of a zip

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
        throw Error(fmt::format("cannot build commit {}", short_hash(commit_.id)),
                    fmt::format("it has no {}", settings_file),
                    "the file says what to build and where to; dray-build(1) shows one");
    settings_ = read_settings(service, request_.host, need);
    interpreter_.reset();
    refs_ = git_->remote_refs(settings_.publish.remote);
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
    return package_archive(machine_.processes, machine_.files, machine_.clock, settings_, state_.records(),
                           [this](const std::string& text) { progress_.note(text); });
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
