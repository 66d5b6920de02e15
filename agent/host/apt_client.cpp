// The apt seam by way of the helper dray-apt, so that the agent itself never loads libapt.
#include "host/apt_client.h"

#include "error.h"
#include "host/apt_change.h"
#include "host/apt_paths.h"

#include <spdlog/fmt/fmt.h>

#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <utility>

namespace dray::host {
namespace {

namespace fs = std::filesystem;

constexpr auto rehearsal_prefix = "rehearsal-";
// The helper's own limits (locks, downloads) end it long before; this one is for a helper that hangs.
constexpr auto query_limit = std::chrono::minutes(45);
constexpr std::size_t error_tail = 2000;  // bytes of a program's last words that go into a message

/// Whether a process of this number is there. One that is not ours to signal is there too.
bool is_running(pid_t pid) {
    return ::kill(pid, 0) == 0 || errno != ESRCH;
}

/// Removes the private copies of dry runs that were killed.
void remove_abandoned(const fs::path& runtime) {
    std::error_code ignored;  // somebody else cleaning at the same time is as good
    for (const auto& entry : fs::directory_iterator(runtime, ignored)) {
        const std::string name = entry.path().filename();
        if (!name.starts_with(rehearsal_prefix)) continue;
        const auto pid = std::atoi(name.c_str() + std::string_view(rehearsal_prefix).size());
        if (pid > 0 && !is_running(pid)) fs::remove_all(entry.path(), ignored);
    }
}

std::string tail(const std::string& text) {
    return text.size() <= error_tail ? text : "…" + text.substr(text.size() - error_tail);
}

}  // namespace

/// A dry run's private folder. apt downloads as a user of its own, which must be able to pass through it.
class AptClient::RehearsalFolder {
  public:
    explicit RehearsalFolder(const fs::path& runtime) {
        fs::create_directories(runtime);
        remove_abandoned(runtime);
        path_ = runtime / fmt::format("{}{}-XXXXXX", rehearsal_prefix, ::getpid());
        std::string name = path_;
        if (::mkdtemp(name.data()) == nullptr)
            throw Error::system("cannot make a private folder for the dry run in " + runtime.string(), errno);
        path_ = name;
        fs::permissions(path_, fs::perms::owner_all | fs::perms::group_exec | fs::perms::others_exec);
    }
    ~RehearsalFolder() {
        std::error_code ignored;  // what is left is removed by the next dry run
        fs::remove_all(path_, ignored);
    }
    RehearsalFolder(const RehearsalFolder&) = delete;
    RehearsalFolder& operator=(const RehearsalFolder&) = delete;

    const fs::path& path() const { return path_; }

  private:
    fs::path path_;
};

AptClient::AptClient(const Processes& processes, Systemd& systemd, AptPaths paths)
    : processes_(processes), systemd_(systemd), paths_(std::move(paths)), dpkg_(paths_.dpkg) {
    if (paths_.helper.empty()) paths_.helper = apt_helper_path;
}

AptClient::~AptClient() = default;

void AptClient::expect_source(const std::string& name) {
    if (sources_.insert(name).second) known_ = {};
}

void AptClient::expect_package(const PackageWish& wish) {
    packages_.insert(wish);
}

void AptClient::rehearse() {
    if (!rehearsal_) rehearsal_ = std::make_unique<RehearsalFolder>(paths_.runtime);
    known_ = {};
}

void AptClient::rehearse_source(const std::string& name, std::string_view content) {
    rehearsed_sources_.insert_or_assign(name, content);
    known_ = {};
}

void AptClient::sources_changed() {
    known_ = {};
}

PackageStatus AptClient::status(const PackageWish& wish) const {
    packages_.insert(wish);
    if (!known_.packages.contains(wish)) ask();
    return known_.packages.at(wish);
}

std::vector<SourceVerdict> AptClient::verdicts() const {
    return known_.verdicts;
}

std::string AptClient::installed(const std::string& package) const {
    const DpkgPackage* found = dpkg_.status().find(package);
    return found && found->installed() ? std::string(found->version) : std::string();
}

bool AptClient::needs_repair() const {
    return dpkg_.interrupted();
}

void AptClient::ask() const {
    AptRequest request;
    request.id = new_request_id();
    if (!known_.refreshed) request.sources.assign(sources_.begin(), sources_.end());
    request.packages.assign(packages_.begin(), packages_.end());
    if (rehearsal_) request.rehearsal = {rehearsal_->path(), rehearsed_sources_};
    AptAnswer answer = run_query(request);
    if (!known_.refreshed) known_.verdicts = std::move(answer.sources);
    known_.refreshed = true;
    throw_failure(answer);
    known_.packages = std::move(answer.packages);
}

AptAnswer AptClient::run_query(const AptRequest& request) const {
    Command command;
    command.argv = {paths_.helper};
    command.environment = helper_environment();
    command.input = to_json(request);
    command.timeout = query_limit;
    const Result result = processes_.run(command);
    if (result.output.empty() || result.timed_out)
        throw Error("cannot ask apt", "dray-apt: " + result.outcome() + ": " + tail(result.errors));
    AptAnswer answer = answer_from_json(result.output);
    for (const PackageWish& wish : request.packages) {
        if (!answer.failure && !answer.packages.contains(wish))
            throw Error("cannot ask apt", "dray-apt does not answer for " + wish.name);
    }
    return answer;
}

void AptClient::apply(const Transaction& transaction, const AptProgress& progress) {
    AptRequest request;
    request.verb = AptVerb::install;
    request.transaction = transaction;
    run_change(std::move(request), progress);
}

std::vector<std::string> AptClient::repair(const AptProgress& progress) {
    AptRequest request;
    request.verb = AptVerb::repair;
    return run_change(std::move(request), progress).done;
}

AptAnswer AptClient::run_change(AptRequest request, const AptProgress& progress) {
    if (rehearsal_) throw Error("cannot change packages", "this is a dry run");
    known_.packages.clear();
    request.id = new_request_id();
    const AptChangeRun run(processes_, systemd_, paths_.helper, paths_.runtime / "apt");
    AptAnswer answer = run.fulfil(request, progress);
    known_.packages.clear();
    return answer;
}

}  // namespace dray::host
