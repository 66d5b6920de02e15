// What apt has said of packages before a change of them, and whether it would say so after it.
#include "host/apt_answers.h"

#include <spdlog/fmt/fmt.h>

#include <utility>

namespace dray::host {

AnswersBeforeChange::AnswersBeforeChange(AptAnswers answers, const DpkgDatabase& dpkg)
    : answers_(std::move(answers)), dpkg_(dpkg), before_(records()) {}

/// What apt's choice among a package's versions rests on.
std::map<std::string, std::string> AnswersBeforeChange::records() const {
    std::map<std::string, std::string> found;
    for (const auto& [wish, status] : answers_) {
        const DpkgPackage* package = dpkg_.status().find(wish.name);
        found[wish.name] = package ? fmt::format("{} {} {} {} {}", package->want, package->flag,
                                                 package->state, package->architecture, package->version)
                                   : std::string();
    }
    return found;
}

std::optional<AptAnswers> AnswersBeforeChange::still_true() const {
    if (answers_.empty() || dpkg_.has_journal()) return std::nullopt;
    const auto now = records();
    for (const auto& [wish, status] : answers_) {
        if (now.at(wish.name) == before_.at(wish.name)) continue;
        const DpkgPackage* package = dpkg_.status().find(wish.name);
        const bool as_wanted = package && package->installed() && package->version == status.candidate;
        const bool held = package && package->want == "hold" && wish.hold == Hold::respect;
        // Why it was no other one ("held") may hold no longer.
        if (!as_wanted || held || !status.reason.empty()) return std::nullopt;
    }
    return answers_;
}

}  // namespace dray::host
