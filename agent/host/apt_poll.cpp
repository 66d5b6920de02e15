// The short way to apt's answers: when nothing has changed, here or in the repositories, the last ones hold.
#include "host/apt_poll.h"

#include "digest.h"
#include "error.h"
#include "host/apt_change.h"
#include "host/interrupt.h"

#include <spdlog/fmt/fmt.h>
#include <spdlog/spdlog.h>

#include <time.h>

#include <algorithm>
#include <utility>

namespace dray::host {
namespace {

using namespace std::chrono_literals;

// InRelease files of the largest distributions have 300 KiB.
constexpr std::size_t longest_release = 4u << 20;
// apt itself waits 30 s for a silent server, and is asked when this short way has given up.
constexpr auto patience = 5s;
// Whatever nobody has thought of is noticed a day later.
constexpr std::int64_t longest_without_apt = 24 * 60 * 60;
// nginx, Apache and others tell files apart by whole seconds; one more for a clock between two of them.
constexpr std::int64_t reliable_age = 2;

std::string header(const HttpResponse& response, const std::string& name) {
    const auto found = response.headers.find(name);
    return found == response.headers.end() ? std::string() : found->second;
}

/// The date of an HTTP header, in seconds since 1970. Source: RFC 9110, 5.6.7; the two obsolete forms count
/// as no date.
std::optional<std::int64_t> http_date(const std::string& text) {
    std::tm parts{};
    const char* const end = ::strptime(text.c_str(), "%a, %d %b %Y %H:%M:%S GMT", &parts);
    if (end == nullptr || *end != '\0') return std::nullopt;
    return ::timegm(&parts);
}

/// Digests, since a proxy's URL may hold a password.
std::string environment_digest() {
    std::string text;
    for (const auto& [name, value] : helper_environment())
        text += name + "=" + value + "\n";
    return sha256(text);
}

HttpRequest request_for(const PolledRelease& release) {
    HttpRequest request{.url = release.uri, .timeout = patience, .body_limit = longest_release};
    // As apt does: no cache on the way may answer without asking the repository.
    request.headers["Cache-Control"] = "max-age=0";
    if (release.validator.empty()) return request;
    request.headers["If-Modified-Since"] = release.validator.last_modified;
    if (!release.validator.etag.empty()) request.headers["If-None-Match"] = release.validator.etag;
    return request;
}

std::string listed_subjects(const std::vector<std::string>& subjects) {
    std::string text;
    for (const auto& subject : subjects)
        text += (text.empty() ? "" : " and ") + subject;
    return text;
}

bool all_current(const std::vector<SourceVerdict>& sources) {
    return std::ranges::all_of(
        sources, [](const SourceVerdict& source) { return source.freshness == Freshness::current; });
}

/// What has changed since the refresh that an answer without one rests on, beyond what only the choice among
/// versions rests on, and `except`: "" when nothing has.
std::string changed_since_refresh(const PollState& state, const AptSurvey& survey,
                                  std::string_view except = {}) {
    if (state.watched != survey.watched) return "other files of apt";
    for (const auto& each : survey.watched) {
        if (each.subject == except) continue;
        const auto before = state.fingerprint.digests.find(each.subject);
        const auto now = survey.digests.find(each.subject);
        const bool same = before != state.fingerprint.digests.end() && now != survey.digests.end() &&
                          before->second == now->second;
        if (!each.of_choice && !same) return each.subject;
    }
    return {};
}

}  // namespace

Validator reliable_validator(const HttpResponse& response) {
    const auto modified = http_date(header(response, "last-modified"));
    const auto date = http_date(header(response, "date"));
    if (!modified || !date || *date - *modified < reliable_age) return {};
    Validator validator{.etag = header(response, "etag"), .last_modified = header(response, "last-modified")};
    if (!validator.etag.starts_with('"')) validator.etag.clear();  // a weak one promises no equal bytes
    return validator;
}

AptPoll::AptPoll(Files& files, const Http& http, const Clock& clock, std::filesystem::path file)
    : files_(files), http_(http), clock_(clock), file_(std::move(file)) {}

void AptPoll::prepare() const {
    if (files_.exists(mark())) http_.prepare();
}

std::filesystem::path AptPoll::mark() const {
    return std::filesystem::path(file_).replace_extension(".asks");
}

std::int64_t AptPoll::now() const {
    return std::chrono::floor<std::chrono::seconds>(clock_.now()).time_since_epoch().count();
}

std::optional<AptPoll::Answers> AptPoll::answer(const AptQuestion& question) {
    changed_.clear();
    asked_ = holds_ = false;
    try {
        reason_ = why_refresh(question);
        if (reason_.empty()) {
            // What only bears on the choice leaves the lists as good as they were.
            reason_ = why_choose(question);
            const auto news = ask_repositories();
            asked_ = true;
            if (!news.empty()) reason_ += (reason_.empty() ? "" : " and ") + news;
        }
    } catch (const Error& error) {
        throw_if_interrupted();
        reason_ = error.what();
    }
    if (learnt_) save();
    if (!reason_.empty()) return std::nullopt;
    holds_ = true;
    reason_ = state_->releases.empty()
                  ? "nothing that apt's answer rests on has changed"
                  : fmt::format("nothing has changed, here or in {} repositor{}", state_->releases.size(),
                                state_->releases.size() == 1 ? "y" : "ies");
    Answers answers{.sources = {}, .packages = state_->packages};
    answers.sources = state_->sources;
    return answers;
}

void AptPoll::read() {
    if (!std::exchange(read_, true)) state_ = read_poll_state(files_, file_, defect_);
}

void AptPoll::expect() {
    try {
        read();
    } catch (const Error& error) {
        defect_ = error.what();
    }
    if (!state_ || !state_->obstacle.empty()) return;
    for (const auto& release : state_->releases)
        http_.expect(request_for(release));
}

/// Why the repositories themselves are for apt to ask, all of them.
std::string AptPoll::why_refresh(const AptQuestion& question) {
    read();
    if (!defect_.empty()) return "what was known of it could not be read: " + std::exchange(defect_, {});
    if (!state_) return "nothing is known of its last answer";
    if (!state_->obstacle.empty()) return state_->obstacle;
    if (state_->declared != question.sources) return "other sources are declared";
    if (state_->environment != environment_digest()) return "the environment has changed";
    if (now() < state_->refreshed) return "the clock was set back";
    if (now() - state_->refreshed >= longest_without_apt) return "the last time was a day ago";
    for (const auto& release : state_->releases)
        if (release.holds_until != 0 && now() >= release.holds_until)
            return "a key, a signature or a Valid-Until has expired";
    found_changed_ = changed_subjects(state_->fingerprint, apt_fingerprint(state_->watched));
    const bool only_of_choice = std::ranges::all_of(found_changed_, [this](const std::string& subject) {
        const auto watched = std::ranges::find(state_->watched, subject, &AptWatched::subject);
        return watched != state_->watched.end() && watched->of_choice;
    });
    return only_of_choice ? std::string() : listed_subjects(found_changed_) + " changed";
}

/// Why apt has to choose anew among the versions that its lists have.
std::string AptPoll::why_choose(const AptQuestion& question) const {
    for (const auto& wish : question.packages)
        if (!state_->packages.contains(wish)) return fmt::format("{} was not asked for before", wish.name);
    return found_changed_.empty() ? std::string() : listed_subjects(found_changed_) + " changed";
}

std::string AptPoll::ask_repositories() {
    if (state_->releases.empty()) return {};
    std::vector<HttpRequest> requests;
    for (const auto& release : state_->releases)
        requests.push_back(request_for(release));
    const auto outcomes = http_.get_all(requests);
    std::string reason;
    for (std::size_t place = 0; place < outcomes.size(); ++place) {
        PolledRelease& release = state_->releases[place];
        auto found = judge(release, outcomes[place]);
        if (!found.empty()) changed_.insert(release.sources.begin(), release.sources.end());
        if (reason.empty()) reason = std::move(found);
    }
    return reason;
}

std::vector<SourceVerdict> AptPoll::unchanged() const {
    std::vector<SourceVerdict> verdicts;
    if (!state_ || !asked_) return verdicts;
    for (const auto& source : state_->sources)
        if (!changed_.contains(source.source)) verdicts.push_back(source);
    return verdicts;
}

/// "" when the repository has what apt has verified.
std::string AptPoll::judge(PolledRelease& release, const HttpOutcome& outcome) {
    if (const auto* const error = std::get_if<Error>(&outcome)) return error->what();
    const auto& response = std::get<HttpResponse>(outcome);
    if (response.status == 304 && !release.validator.empty()) return {};
    if (response.status != 200) return fmt::format("{} answers {}", release.uri, response.status);
    const auto verified = files_.read(release.file, longest_release);
    if (!verified || *verified != response.body) return release.uri + " has changed";
    // The same bytes say as much as a 304, and what came with them stands for them the next time.
    auto validator = reliable_validator(response);
    learnt_ = learnt_ || !validator.empty();
    release.digest = sha256(response.body);
    release.validator = std::move(validator);
    return {};
}

void AptPoll::keep(const AptQuestion& question, const std::vector<SourceVerdict>& sources,
                   const AptAnswer& answer, const std::set<std::string>& refreshed) {
    asked_ = holds_ = false;
    if (!answer.survey || !all_current(sources)) return;
    const AptSurvey& survey = *answer.survey;
    PollState next;
    next.obstacle = survey.obstacle;
    next.environment = environment_digest();
    next.declared = question.sources;
    next.sources = sources;
    next.packages = answer.packages;
    next.watched = survey.watched;
    next.fingerprint.digests = survey.digests;
    try {
        if (!refreshed.empty() || question.sources.empty())
            keep_refreshed(next, survey, refreshed);
        else if (state_)
            keep_unrefreshed(next, survey);
        else
            return;
        state_ = std::move(next);
        holds_ = state_->obstacle.empty();
        save();
    } catch (const Error& error) {
        spdlog::error("cannot keep what apt has answered: {}", error.text());
    }
}

void AptPoll::note_change_ahead() {
    if (!holds_) return;
    try {
        holds_ = changed_subjects(state_->fingerprint, apt_fingerprint(state_->watched)).empty();
    } catch (const Error& error) {
        spdlog::debug("apt's answers cannot be kept: {}", error.text());
        holds_ = false;
    }
}

std::optional<AptAnswers> AptPoll::keep_after_change(
    const std::function<std::optional<AptAnswers>()>& answers) {
    if (!std::exchange(holds_, false)) return std::nullopt;
    try {
        const auto found = settled_fingerprint(state_->watched);
        for (const auto& subject : changed_subjects(state_->fingerprint, found))
            if (subject != dpkg_status_subject && subject != automatic_subject) return std::nullopt;
        auto packages = answers();
        if (!packages || apt_fingerprint(state_->watched).digests != found.digests) return std::nullopt;
        state_->fingerprint = found;
        state_->packages = *packages;
        holds_ = true;
        save();
        return packages;
    } catch (const Error& error) {
        spdlog::debug("apt's answers cannot be kept: {}", error.text());
        return std::nullopt;
    }
}

/// After a refresh of all sources, or of those in `refreshed`.
void AptPoll::keep_refreshed(PollState& next, const AptSurvey& survey,
                             const std::set<std::string>& refreshed) {
    next.releases = known_releases(survey);
    next.refreshed = now();
    const auto is_new = [&](const std::string& uri) {
        return std::ranges::any_of(survey.releases, [&](const auto& each) { return each.uri == uri; });
    };
    const bool all = std::ranges::all_of(
        next.sources, [&](const SourceVerdict& source) { return refreshed.contains(source.source); });
    if (all || !state_) return;
    // The others' repositories were found as they were, under the keys and settings of then.
    const auto changed = changed_since_refresh(*state_, survey, apt_lists_subject);
    if (!changed.empty()) next.obstacle = changed + " changed during a run";
    next.refreshed = state_->refreshed;
    for (const auto& release : state_->releases) {
        if (is_new(release.uri)) continue;
        const auto text = files_.read(release.file, longest_release);
        if (!text || sha256(*text) != release.digest) next.obstacle = "apt's lists changed during a run";
        next.releases.push_back(release);
    }
}

/// After a question that asked no repository, but apt of other packages, or under other preferences.
void AptPoll::keep_unrefreshed(PollState& next, const AptSurvey& survey) const {
    const auto changed = changed_since_refresh(*state_, survey);
    if (!changed.empty()) next.obstacle = changed + " changed during a run";
    if (!state_->obstacle.empty()) next.obstacle = state_->obstacle;
    next.releases = state_->releases;
    next.refreshed = state_->refreshed;
}

/// The releases of a refresh, with the validators of those that are as they were.
std::vector<PolledRelease> AptPoll::known_releases(const AptSurvey& survey) const {
    std::vector<PolledRelease> releases;
    for (const auto& release : survey.releases) {
        PolledRelease polled{.uri = release.uri,
                             .file = release.file,
                             .digest = {},
                             .sources = release.sources,
                             .holds_until = release.holds_until};
        if (const auto text = files_.read(release.file, longest_release)) polled.digest = sha256(*text);
        for (const auto& before : state_ ? state_->releases : std::vector<PolledRelease>{}) {
            if (before.uri == polled.uri && before.digest == polled.digest)
                polled.validator = before.validator;
        }
        releases.push_back(std::move(polled));
    }
    return releases;
}

void AptPoll::save() {
    learnt_ = false;
    try {
        write_poll_state(files_, file_, *state_);
        const bool asks = state_->obstacle.empty() && !state_->releases.empty();
        if (files_.exists(mark()) == asks) return;
        if (asks)
            files_.write(mark(), "", {"", "", 0600});
        else
            files_.remove(mark());
    } catch (const Error& error) {
        spdlog::error("cannot keep what apt has answered: {}", error.text());
    }
}

}  // namespace dray::host
