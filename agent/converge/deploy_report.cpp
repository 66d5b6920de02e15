// What became of a deploy in one run, in words.
#include "converge/deploy_report.h"

#include <spdlog/fmt/fmt.h>

namespace dray::converge {

std::string_view end_text(DeployEnd end) {
    switch (end) {
        case DeployEnd::none:
            return "nothing to deploy";
        case DeployEnd::underway:
            return "under way";
        case DeployEnd::committed:
            return "committed";
        case DeployEnd::waiting:
            return "waiting";
        case DeployEnd::refused:
            return "refused";
        case DeployEnd::undone:
            return "undone";
        case DeployEnd::quarantined:
            return "rolled back and quarantined";
        case DeployEnd::environment:
            return "rolled back, not quarantined";
        case DeployEnd::held:
            return "held by rollback";
        case DeployEnd::kept:
            return "held";
        case DeployEnd::failed:
            break;
    }
    return "failed";
}

bool is_failure(DeployEnd end) {
    return end == DeployEnd::refused || end == DeployEnd::undone || end == DeployEnd::quarantined ||
           end == DeployEnd::environment || end == DeployEnd::failed;
}

std::string deploy_line(const DeployReport& report) {
    auto text = fmt::format("deploy of {}", report.package);
    if (report.from != report.to && !report.to.empty())
        text += fmt::format(" {} → {}", report.from.empty() ? "(none)" : report.from, report.to);
    text += fmt::format(": {}", end_text(report.end));
    if (!report.reason.empty()) text += ": " + report.reason;
    return text;
}

}  // namespace dray::converge
