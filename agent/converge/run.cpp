// The record of one run.
#include "converge/run.h"

#include <algorithm>

namespace dray::converge {
namespace {

constexpr int exit_failed = 1;
constexpr int exit_changed = 2;  // --detailed-exitcode, as Puppet and Terraform have it
constexpr int exit_held = 4;     // after 3, a plan that does not hold any more
// Of sysexits.h, when nothing else is wrong.
constexpr int exit_unreachable = 69;  // EX_UNAVAILABLE
constexpr int exit_expired = 76;      // EX_PROTOCOL
constexpr int exit_untrusted = 77;    // EX_NOPERM

}  // namespace

std::string_view outcome_text(Outcome outcome) {
    switch (outcome) {
        case Outcome::unchanged:
            return "unchanged";
        case Outcome::changed:
            return "changed";
        case Outcome::conditional:
            return "conditional";
        case Outcome::unknown:
            return "unknown";
        case Outcome::skipped:
            return "skipped";
        case Outcome::blocked:
            return "blocked";
        case Outcome::unreachable:
            return "unreachable";
        case Outcome::unreached:
            return "unreached";
        case Outcome::held:
            return "held";
        case Outcome::failed:
            break;
    }
    return "failed";
}

bool Run::any(Outcome outcome) const {
    return std::ranges::any_of(steps, [outcome](const Step& step) { return step.outcome == outcome; });
}

bool Run::changed() const {
    return !repairs.empty() || any(Outcome::changed) ||
           std::ranges::any_of(deploys, [](const DeployReport& deploy) { return !deploy.passages.empty(); });
}

bool Run::has_failed(const DeployReport& deploy) const {
    if (!is_failure(deploy.end)) return false;
    const auto cause = std::ranges::find(steps, "package[" + deploy.package + "]", &Step::resource);
    return deploy.end != DeployEnd::undone || cause == steps.end() || cause->outcome != Outcome::unreachable;
}

std::string_view Run::verdict() const {
    using host::Freshness;
    for (const auto worst : {Freshness::untrusted, Freshness::expired, Freshness::no_room,
                             Freshness::unreachable, Freshness::broken})
        if (std::ranges::find(sources, worst, &host::SourceVerdict::freshness) != sources.end())
            return host::freshness_words(worst);
    if (any(Outcome::unreachable)) return host::freshness_words(Freshness::unreachable);
    if (!newer.empty()) return "newer candidate";
    return sources.empty() ? std::string_view() : host::freshness_words(Freshness::current);
}

int Run::exit_code(bool detailed) const {
    using host::Freshness;
    if (error || any(Outcome::failed)) return exit_failed;
    if (std::ranges::any_of(deploys, [this](const auto& deploy) { return has_failed(deploy); }))
        return exit_failed;
    const auto found = [this](Freshness freshness) {
        return std::ranges::find(sources, freshness, &host::SourceVerdict::freshness) != sources.end();
    };
    if (found(Freshness::untrusted)) return exit_untrusted;
    if (found(Freshness::expired)) return exit_expired;
    // Waiting will not help.
    if (found(Freshness::broken) || found(Freshness::no_room)) return exit_failed;
    if (found(Freshness::unreachable) || any(Outcome::unreachable)) return exit_unreachable;
    if (std::ranges::find(deploys, DeployEnd::held, &DeployReport::end) != deploys.end()) return exit_held;
    return detailed && changed() ? exit_changed : 0;
}

}  // namespace dray::converge
