// The apt seam by way of the helper dray-apt, so that the agent itself never loads libapt.
#include "host/apt_client.h"

#include "error.h"
#include "host/apt_answers.h"
#include "host/apt_change.h"
#include "host/apt_progress.h"
#include "host/helper_paths.h"
#include "host/output_lines.h"

#include <spdlog/fmt/fmt.h>
#include <spdlog/spdlog.h>

#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <utility>

namespace dray::host {
namespace {

namespace fs = std::filesystem;

constexpr auto preferences_folder = "/etc/apt/preferences.d";
constexpr auto rehearsal_prefix = "rehearsal-";
// Beside waiting for locks. The helper's own limits end it long before; this one is for a helper that hangs.
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

/// Adds a later transaction to earlier ones.
void merge(Transaction& all, const Transaction& later) {
    for (const auto& [name, version] : later.install) {
        all.install[name] = version;
        all.files.erase(name);
        std::erase(all.remove, name);
    }
    for (const auto& name : later.remove) {
        all.install.erase(name);
        all.files.erase(name);
        all.remove.push_back(name);
    }
    for (const auto& [name, sources] : later.from)
        all.from[name] = sources;
    for (const auto& [name, file] : later.files)
        all.files[name] = file;
    all.purge |= later.purge;
    all.allow_downgrade |= later.allow_downgrade;
    all.use_reserved_blocks |= later.use_reserved_blocks;
    all.may_remove.insert(later.may_remove.begin(), later.may_remove.end());
    for (const auto& [name, held] : later.hold)
        all.hold[name] = held;
}

std::string attempt_of(AptVerb verb) {
    switch (verb) {
        case AptVerb::fetch:
            return "cannot keep a package";
        case AptVerb::download:
            return "cannot download packages";
        case AptVerb::repair:
            return "cannot repair packages";
        default:
            return "cannot change packages";
    }
}

std::string end_of(const std::string& text) {
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

AptClient::AptClient(const Processes& processes, Systemd& systemd, AptPoll& poll, AptPaths paths)
    : processes_(processes), systemd_(systemd), poll_(poll), paths_(std::move(paths)), dpkg_(paths_.dpkg) {
    if (paths_.helper.empty()) paths_.helper = apt_helper_path;
}

AptClient::~AptClient() = default;

void AptClient::expect_source(const std::string& name, std::chrono::seconds max_age) {
    if (sources_.insert_or_assign(name, max_age).second) known_ = {};
}

void AptClient::expect_package(const PackageWish& wish) {
    if (packages_.empty() && !rehearsal_) poll_.expect();
    packages_.insert(wish);
}

void AptClient::rehearse() {
    if (!rehearsal_) rehearsal_ = std::make_unique<RehearsalFolder>(paths_.runtime);
    known_ = {};
}

void AptClient::file_changed(const fs::path& path, std::string_view content) {
    if (rehearsal_) rehearsed_files_.insert_or_assign(path.string(), content);
    file_written_ = true;
    // Preferences choose among what the lists hold; everything else may change what is fetched.
    if (path.parent_path() == preferences_folder)
        known_.packages.clear();
    else
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
    const auto planned = std::ranges::find(planned_, package, &AptChange::name);
    if (planned != planned_.end()) return planned->to;
    const DpkgPackage* found = dpkg_.status().find(package);
    return found && found->installed() ? std::string(found->version) : std::string();
}

bool AptClient::held(const std::string& package) const {
    const auto rehearsed = rehearsed_.hold.find(package);
    if (rehearsed != rehearsed_.hold.end()) return rehearsed->second;
    const DpkgPackage* found = dpkg_.status().find(package);
    return found && found->want == "hold";
}

bool AptClient::has_leftovers(const std::string& package) const {
    if (std::ranges::find(planned_, package, &AptChange::name) != planned_.end()) return false;
    const DpkgPackage* found = dpkg_.status().find(package);
    return found && found->state == "config-files";
}

std::string AptClient::installed_field(const std::string& package, const std::string& field) const {
    const DpkgPackage* found = dpkg_.status().find(package);
    return found && found->installed() ? std::string(found->field(field)) : std::string();
}

bool AptClient::needs_repair() const {
    return dpkg_.interrupted();
}

void AptClient::ask() const {
    if (answered_in_short()) return;
    AptRequest request;
    request.id = new_request_id();
    const bool refresh = !known_.refreshed;
    for (const auto& [name, max_age] : sources_) {
        // A source of which the poll has found out that nothing is new needs no refresh.
        if (!refresh ||
            std::ranges::find(known_.verdicts, name, &SourceVerdict::source) != known_.verdicts.end())
            continue;
        request.sources.push_back(name);
        request.max_age.emplace(name, max_age);
    }
    request.packages.assign(packages_.begin(), packages_.end());
    request.survey = !rehearsal_;
    request.lock_wait = lock_wait_;
    if (rehearsal_) request.rehearsal = {rehearsal_->path(), rehearsed_files_};
    // What was just written must look older to dray-apt than what changes while it reads.
    if (file_written_ && request.survey) wait_for_next_tick();
    file_written_ = false;
    AptAnswer answer = run_query(request);
    add_verdicts(std::move(answer.sources));
    known_.refreshed = true;
    throw_failure(answer);
    poll_.keep({sources_, packages_}, known_.verdicts, answer,
               {request.sources.begin(), request.sources.end()});
    adopt(std::move(answer.packages));
}

/// Once in a run, before anything else was asked: later questions come because something has changed.
bool AptClient::answered_in_short() const {
    if (std::exchange(asked_, true)) return false;
    if (rehearsal_) {
        story_ = "asked apt, as this is a dry run";
        return false;
    }
    auto answers = poll_.answer({sources_, packages_});
    story_ = (answers ? "did without apt: " : "asked apt: ") + poll_.reason();
    spdlog::debug("{}", story_);
    if (!answers) {
        known_.verdicts = poll_.unchanged();
        return false;
    }
    known_.refreshed = true;
    known_.verdicts = std::move(answers->sources);
    adopt(std::move(answers->packages));
    return true;
}

/// In the order of the sources' names, as libapt's own answer has them.
void AptClient::add_verdicts(std::vector<SourceVerdict> verdicts) const {
    for (auto& verdict : verdicts)
        known_.verdicts.push_back(std::move(verdict));
    std::ranges::sort(known_.verdicts, {}, &SourceVerdict::source);
}

void AptClient::adopt(std::map<PackageWish, PackageStatus> packages) const {
    known_.packages = std::move(packages);
    for (auto& [wish, status] : known_.packages) {
        status.installed = installed(wish.name);
        const bool is_news = !status.candidate.empty() && status.candidate != status.installed;
        if (is_news && !changed_) newer_.insert(wish.name);
    }
}

AptAnswer AptClient::run_query(const AptRequest& request) const {
    AptAnswer answer = run_helper(request);
    for (const PackageWish& wish : request.packages) {
        if (!answer.failure && !answer.packages.contains(wish))
            throw Error("cannot ask apt", "dray-apt does not answer for " + wish.name);
    }
    return answer;
}

AptAnswer AptClient::run_helper(const AptRequest& request) const {
    Command command;
    command.argv = {paths_.helper};
    command.environment = helper_environment();
    command.input = to_json(request);
    command.timeout = query_limit + lock_wait_;
    OutputLines lines([this](std::string_view line) {
        const bool is_news = line.starts_with("waiting for ") || progress_report(line);
        if (is_news && watcher_) watcher_(line);
    });
    command.on_output = [&](std::string_view piece) { lines.add(piece); };
    const Result result = processes_.run(command);
    if (result.output.empty() || result.timed_out)
        throw Error("cannot ask apt", "dray-apt: " + result.outcome() + ": " + end_of(result.errors));
    return answer_from_json(result.output, request.id);
}

/// By the wishes of this run, whoever brings the packages. One that several wishes have may come from the
/// sources of each.
std::map<std::string, std::set<std::string>> AptClient::allowed_sources() const {
    std::map<std::string, std::set<std::string>> allowed;
    for (const auto& wish : packages_)
        if (!wish.from.empty()) allowed[wish.name].insert(wish.from.begin(), wish.from.end());
    return allowed;
}

Transaction AptClient::limited(Transaction transaction) const {
    transaction.from.merge(allowed_sources());  // what the transaction says itself stays
    return transaction;
}

TransactionResult AptClient::apply(const Transaction& transaction, const AptProgress& progress) {
    if (rehearsal_) return plan(limited(transaction));
    AptRequest request;
    request.verb = AptVerb::install;
    request.transaction = limited(transaction);
    const AnswersBeforeChange before(known_.packages, dpkg_);
    poll_.note_change_ahead();  // after that look at dpkg's records, which are then those of the answers
    try {
        auto result = run_change(std::move(request), progress).result;
        if (auto packages = poll_.keep_after_change([&] { return before.still_true(); }))
            adopt(std::move(*packages));
        sizes_.download += result.sizes.download;
        sizes_.growth += result.sizes.growth;
        return result;
    } catch (const ListsOutdated&) {
        known_ = {};
        throw;
    }
}

void AptClient::download(const Transaction& transaction, const AptProgress& progress) {
    AptRequest request;
    request.verb = AptVerb::download;
    request.transaction = limited(transaction);
    try {
        run_change(std::move(request), progress);
    } catch (const ListsOutdated&) {
        known_ = {};
        throw;
    }
}

KeptPackage AptClient::fetch(const std::string& package, const std::string& version, const fs::path& folder,
                             const AptProgress& progress) {
    AptRequest request;
    request.verb = AptVerb::fetch;
    request.fetch = {.name = package, .version = version, .folder = folder};
    try {
        return run_change(std::move(request), progress).kept;
    } catch (const ListsOutdated&) {
        known_ = {};
        throw;
    }
}

AptExplanation AptClient::explain(const PackageWish& wish) const {
    AptRequest request;
    request.id = new_request_id();
    request.verb = AptVerb::explain;
    request.packages = {wish};
    AptAnswer answer = run_helper(request);
    throw_failure(answer);
    if (answer.explanations.empty()) throw Error("cannot ask apt", "dray-apt does not explain " + wish.name);
    AptExplanation& explanation = answer.explanations.front();
    explanation.status.installed = installed(wish.name);
    return std::move(explanation);
}

TransactionResult AptClient::plan(const Transaction& transaction) {
    Transaction all = rehearsed_;
    merge(all, transaction);
    AptRequest request;
    request.id = new_request_id();
    request.verb = AptVerb::plan;
    request.rehearsal = {rehearsal_->path(), rehearsed_files_};
    request.transaction = all;
    const AptAnswer answer = run_query(request);
    throw_failure(answer);
    TransactionResult result;
    for (const AptChange& change : answer.result.changes)
        if (std::ranges::find(planned_, change) == planned_.end()) result.changes.push_back(change);
    rehearsed_ = std::move(all);
    planned_ = answer.result.changes;
    result.sizes = {.download = answer.result.sizes.download - sizes_.download,
                    .growth = answer.result.sizes.growth - sizes_.growth};
    sizes_ = answer.result.sizes;
    known_.packages.clear();
    return result;
}

std::vector<std::string> AptClient::repair(const AptProgress& progress,
                                           const std::vector<KeptPackage>& kept) {
    AptRequest request;
    request.verb = AptVerb::repair;
    request.kept = kept;
    request.transaction.from = allowed_sources();
    return run_change(std::move(request), progress).done;
}

std::vector<std::string> AptClient::unreported() {
    if (rehearsal_) return {};
    return AptChangeRun(processes_, systemd_, paths_.helper, paths_.runtime / "apt").unreported();
}

AptAnswer AptClient::run_change(AptRequest request, const AptProgress& progress) {
    if (rehearsal_) throw Error(attempt_of(request.verb), "this is a dry run");
    // What only brings files here changes nothing that the answers so far rest on.
    const bool changes = request.verb == AptVerb::install || request.verb == AptVerb::repair;
    if (changes) known_.packages.clear();
    changed_ = changed_ || request.verb == AptVerb::install;
    request.id = new_request_id();
    request.lock_wait = lock_wait_;
    const AptChangeRun run(processes_, systemd_, paths_.helper, paths_.runtime / "apt");
    AptAnswer answer = run.fulfil(request, progress);
    if (changes) known_.packages.clear();
    return answer;
}

}  // namespace dray::host
