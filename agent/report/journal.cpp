// A run in the journal.
#include "report/journal.h"

#include "error.h"
#include "host/systemd_library.h"
#include "report/terminal.h"

#include <spdlog/fmt/fmt.h>

#include <sys/stat.h>
#include <sys/syslog.h>
#include <unistd.h>

#include <cstdlib>
#include <string>
#include <utility>
#include <vector>

namespace dray::report {
namespace {

using converge::Outcome;
using Fields = std::vector<std::pair<std::string_view, std::string>>;

/// Sends one entry. A journal that does not take it has nobody to tell: the run goes on.
void send(const converge::Run& run, int priority, std::string_view message, const Fields& fields = {}) {
    std::vector<std::string> texts = {fmt::format("MESSAGE={}", message),
                                      fmt::format("PRIORITY={}", priority), "SYSLOG_IDENTIFIER=dray",
                                      "DRAY_RUN=" + run.id};
    for (const auto& [name, value] : fields)
        texts.push_back(fmt::format("{}={}", name, value));
    std::vector<iovec> vectors;
    for (auto& text : texts)
        vectors.push_back({text.data(), text.size()});
    host::sd().journal_sendv(vectors.data(), static_cast<int>(vectors.size()));
}

/// What to do about an error, where it says so.
Fields hint_of(const Error& error) {
    const auto& hint = error.parts().hint;
    return hint.empty() ? Fields() : Fields{{"DRAY_HINT", hint}};
}

int priority_of(Outcome outcome) {
    switch (outcome) {
        case Outcome::failed:
            return LOG_ERR;
        case Outcome::unreachable:
        case Outcome::blocked:
        case Outcome::unreached:
        case Outcome::held:
            return LOG_WARNING;
        case Outcome::changed:
            return LOG_NOTICE;
        case Outcome::unchanged:
            return LOG_DEBUG;
        default:
            return LOG_INFO;
    }
}

std::string joined(const std::vector<std::string>& words) {
    std::string text;
    for (const auto& word : words)
        text += (text.empty() ? "" : " ") + word;
    return text;
}

}  // namespace

void Journal::started(const converge::Run& run) {
    send(run, LOG_INFO, (run.dry_run ? "dry run of " : "converging ") + joined(run.recipes));
}

void Journal::repaired(const converge::Run& run, std::string_view line) {
    send(run, LOG_WARNING, fmt::format("repaired: {}", line));
}

void Journal::progress(const converge::Run& run, std::string_view resource, std::string_view line) {
    if (const auto text = progress_.line(line))
        send(run, LOG_INFO, *text, {{"DRAY_RESOURCE", std::string(resource)}});
}

void Journal::step_finished(const converge::Run& run, const converge::Step& step) {
    if (step.outcome == Outcome::unchanged) return;  // a no-op run is one line, not one per resource
    Fields fields = {{"DRAY_RESOURCE", step.resource},
                     {"DRAY_RECIPE", step.recipe},
                     {"DRAY_OUTCOME", std::string(converge::outcome_text(step.outcome))},
                     {"DRAY_DURATION_MS", std::to_string(step.duration.count())}};
    std::string message = step_line(run, step);
    if (step.error) {
        message = step.error->text();
        for (auto& field : hint_of(*step.error))
            fields.push_back(std::move(field));
    }
    send(run, priority_of(step.outcome), message, fields);
}

void Journal::deployed(const converge::Run& run, const converge::DeployReport& report) {
    if (report.passages.empty()) return;
    const auto state = std::string(converge::state_text(report.passages.back().state));
    send(run, LOG_NOTICE, fmt::format("{} {} is {}", report.package, report.to, state),
         {{"DRAY_PACKAGE", report.package}, {"DRAY_DEPLOY_STATE", state}});
}

void Journal::superseded(const converge::Run& run, std::string_view resource) {
    send(run, LOG_NOTICE, fmt::format("{} has brought other recipes: beginning anew with them", resource));
}

void Journal::finished(const converge::Run& run) {
    for (const auto& source : run.sources) {
        if (!source.warning.empty())
            send(run, LOG_WARNING, fmt::format("source {}: {}", source.source, source.warning));
        if (source.freshness != host::Freshness::current)
            send(run, LOG_WARNING,
                 fmt::format("source {} is {}: {}", source.source, host::freshness_words(source.freshness),
                             source.message),
                 {{"DRAY_HINT", std::string(host::freshness_hint(source.freshness))}});
    }
    for (const auto& deploy : run.deploys) {
        const bool bad = converge::is_failure(deploy.end) || deploy.end == converge::DeployEnd::held;
        send(run, bad ? LOG_ERR : LOG_NOTICE, converge::deploy_line(deploy),
             {{"DRAY_PACKAGE", deploy.package},
              {"DRAY_DEPLOY_END", std::string(converge::end_text(deploy.end))}});
    }
    for (const auto& line : run.adopted)
        send(run, LOG_NOTICE, "of an earlier run: " + line);
    for (const auto& owed : run.still_owed)
        send(run, LOG_WARNING, "still owed: " + owed);
    if (run.error) send(run, LOG_ERR, run.error->text(), hint_of(*run.error));
    const int code = run.exit_code(false);
    send(run, code == 0 ? LOG_INFO : LOG_ERR, summary_line(run),
         {{"DRAY_EXIT_CODE", std::to_string(code)},
          {"DRAY_APT", run.apt},
          {"DRAY_VERDICT", std::string(run.verdict())}});
}

bool started_by_systemd() {
    const char* stream = std::getenv("JOURNAL_STREAM");
    struct stat status {};
    if (stream == nullptr || ::fstat(STDERR_FILENO, &status) != 0) return false;
    return fmt::format("{}:{}", status.st_dev, status.st_ino) == stream;
}

}  // namespace dray::report
