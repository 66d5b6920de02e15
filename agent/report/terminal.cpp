// A run as a person reads it on a terminal.
#include "report/terminal.h"

#include "printable.h"
#include "report/unified_diff.h"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <ostream>
#include <set>

namespace dray::report {
namespace {

using converge::Outcome;

constexpr std::string_view bold = "1", dim = "2", red = "31", green = "32", yellow = "33", cyan = "36";

std::string verb(const converge::Run& run, const converge::Step& step) {
    const auto outcome = step.outcome;
    if (!run.dry_run) return std::string(converge::outcome_text(outcome));
    switch (outcome) {
        case Outcome::changed:
            return "would " + step.verb;
        case Outcome::conditional:
            return "would " + step.verb;
        case Outcome::unknown:
            return step.reason.starts_with("unknown") ? "is" : "cannot be known yet;";
        case Outcome::blocked:
            return "would be blocked";
        case Outcome::unreached:
            return "would not be reached";
        case Outcome::failed:
            return "would fail";
        default:
            return std::string(converge::outcome_text(outcome));
    }
}

std::string_view colour_of(Outcome outcome) {
    switch (outcome) {
        case Outcome::changed:
            return green;
        case Outcome::failed:
            return red;
        case Outcome::unchanged:
        case Outcome::skipped:
            return dim;
        default:
            return yellow;
    }
}

// Together with a few words they fit the usual 80 columns.
constexpr std::size_t bar_width = 10;
constexpr std::size_t words_width = 64;

/// "version 26.11.1 → 26.11.2"; contents and secrets by name alone.
std::string short_change(const resources::Change& change) {
    switch (change.display) {
        case resources::Display::secret:
            return change.name + " (sensitive, changed)";
        case resources::Display::content:
            return change.name;
        case resources::Display::plain:
            break;
    }
    return fmt::format("{} {} → {}", change.name, change.from.value_or("(none)"), change.to);
}

}  // namespace

std::string step_line(const converge::Run& run, const converge::Step& step) {
    std::string line = step.resource + " " + verb(run, step);
    std::string details;
    for (const auto& change : step.changes)
        details += (details.empty() ? ": " : ", ") + short_change(change);
    for (const auto& action : step.actions)
        details += (details.empty() ? ": " : ", ") + action;
    for (const auto& note : step.notes)
        details += (details.empty() ? ": " : ", ") + note;
    line += details;
    const bool sentence = step.outcome == Outcome::unknown && step.reason.starts_with("unknown");
    if (!step.reason.empty()) line += (sentence ? " " : details.empty() ? ": " : ", ") + step.reason;
    return line;
}

std::string summary_line(const converge::Run& run) {
    const auto count = [&run](Outcome outcome) {
        return std::ranges::count(run.steps, outcome, &converge::Step::outcome);
    };
    const auto took = std::chrono::duration<double>(run.finished - run.started).count();
    const int code = run.exit_code(false);
    const bool deploy_failed =
        std::ranges::any_of(run.deploys, [&run](const auto& deploy) { return run.has_failed(deploy); });
    const bool only_a_source =
        code != 0 && !run.error && !run.any(Outcome::failed) && !deploy_failed && !run.sources.empty();
    std::string text = run.dry_run     ? "dry run"
                       : code == 0     ? "converged"
                       : code == 69    ? "repository unreachable"
                       : code == 4     ? "converged, a release is held back"
                       : only_a_source ? fmt::format("repository {}", run.verdict())
                                       : "failed";
    std::set<std::string_view> resources;  // one that was notified late has two steps
    for (const auto& step : run.steps)
        resources.insert(step.resource);
    text += fmt::format(": {} resource{}", resources.size(), resources.size() == 1 ? "" : "s");
    const auto changed = count(Outcome::changed);
    text += run.dry_run ? fmt::format(", {} would change", changed) : fmt::format(", {} changed", changed);
    for (const auto outcome : {Outcome::conditional, Outcome::unknown, Outcome::skipped, Outcome::unreachable,
                               Outcome::blocked, Outcome::unreached, Outcome::held, Outcome::failed})
        if (count(outcome) > 0)
            text += fmt::format(", {} {}", count(outcome), converge::outcome_text(outcome));
    return text + fmt::format(", in {:.3f} s", took);
}

std::string Terminal::paint(std::string_view text, std::string_view code) const {
    return colour_ ? fmt::format("\x1b[{}m{}\x1b[0m", code, text) : std::string(text);
}

void Terminal::started(const converge::Run& run) {
    std::string names;
    for (const auto& recipe : run.recipes)
        names += " " + recipe;
    out_ << paint((run.dry_run ? "dry run of" : "converging") + names, bold) << std::endl;
}

void Terminal::repaired(const converge::Run&, std::string_view line) {
    clear_bar();
    out_ << paint("repaired: ", yellow) << printable(line) << std::endl;
}

void Terminal::progress(const converge::Run&, std::string_view, std::string_view line) {
    clear_bar();
    if (const auto report = host::progress_report(line)) {
        if (!colour_) {
            if (const auto text = progress_.line(line)) out_ << "  │ " << printable(*text) << std::endl;
            return;
        }
        out_ << "  " << progress_bar(report->percent, bar_width) << " "
             << printable(fmt::format("{} % {}", report->percent, report->words)).substr(0, words_width)
             << std::flush;
        bar_ = true;
        return;
    }
    out_ << paint(fmt::format("  │ {}", printable(line)), dim) << std::endl;
}

/// The line that a bar stands in is the next thing's.
void Terminal::clear_bar() {
    if (bar_) out_ << "\r\x1b[K";
    bar_ = false;
}

void Terminal::step_finished(const converge::Run& run, const converge::Step& step) {
    clear_bar();
    if (step.outcome == Outcome::unchanged) return;
    out_ << paint(printable(step.resource), bold) << " " << paint(verb(run, step), colour_of(step.outcome));
    const bool aside = step.outcome == Outcome::conditional && step.reason.starts_with("unknown");
    if (!step.reason.empty()) out_ << (aside ? ", " : " ") << printable(step.reason);
    out_ << "\n";
    for (const auto& change : step.changes) {
        out_ << "  " << printable(short_change(change)) << "\n";
        if (change.display != resources::Display::content) continue;
        for (const auto& line : unified_diff(change.from.value_or(""), change.to)) {
            const auto code = line.starts_with('+')   ? green
                              : line.starts_with('-') ? red
                              : line.starts_with('@') ? cyan
                                                      : dim;
            out_ << "    " << paint(printable(line), code) << "\n";
        }
    }
    for (const auto& action : step.actions)
        out_ << "  " << printable(action) << "\n";
    if (run.dry_run)
        for (const auto& guard : step.guards)
            if (guard.holds && *guard.holds)
                out_ << "  " << paint(printable(fmt::format("{}: {}", guard.key, guard.because)), dim)
                     << "\n";
    for (const auto& note : step.notes)
        out_ << "  " << paint(printable(note), dim) << "\n";
    if (step.error) show_error(*step.error);
    out_ << std::flush;
}

void Terminal::deployed(const converge::Run&, const converge::DeployReport& report) {
    if (report.passages.empty()) return;
    const auto state = converge::state_text(report.passages.back().state);
    out_ << paint(fmt::format("  {} {} is {}", report.package, report.to, state), dim) << std::endl;
}

void Terminal::show_error(const Error& error) {
    out_ << "  " << paint("error: ", red);
    for (const char c : printable(error.text())) {
        out_ << c;
        if (c == '\n') out_ << "  ";
    }
    out_ << "\n";
}

void Terminal::superseded(const converge::Run&, std::string_view resource) {
    clear_bar();
    out_ << paint(fmt::format("{} has brought other recipes: beginning anew with them", printable(resource)),
                  bold)
         << std::endl;
}

void Terminal::finished(const converge::Run& run) {
    clear_bar();
    for (const auto& source : run.sources) {
        if (!source.warning.empty())
            out_ << paint("source " + source.source + ": ", yellow) << printable(source.warning) << "\n";
        if (source.freshness == host::Freshness::current) continue;
        const auto verdict =
            fmt::format("source {} is {}", source.source, host::freshness_words(source.freshness));
        out_ << paint(verdict, yellow) << ": " << printable(source.message) << "\n"
             << "  hint: " << host::freshness_hint(source.freshness) << "\n";
    }
    for (const auto& deploy : run.deploys) {
        const bool bad = converge::is_failure(deploy.end) || deploy.end == converge::DeployEnd::held;
        out_ << paint(printable(converge::deploy_line(deploy)), bad ? red : bold) << "\n";
        for (const auto& note : deploy.notes)
            out_ << "  " << paint(printable(note), dim) << "\n";
    }
    for (const auto& line : run.adopted)
        out_ << paint("of an earlier run: ", yellow) << printable(line) << "\n";
    if (const auto sizes = host::sizes_text(run.sizes); run.dry_run && !sizes.empty()) out_ << sizes << "\n";
    if (run.repair_needed) out_ << paint("an interrupted dpkg would be finished first", yellow) << "\n";
    for (const auto& owed : run.still_owed)
        out_ << paint("still owed: ", yellow) << printable(owed) << "\n";
    if (run.error) show_error(*run.error);
    out_ << paint(summary_line(run), run.exit_code(false) == 0 ? green : red) << std::endl;
}

}  // namespace dray::report
