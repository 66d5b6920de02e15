// What became of a deploy in one run.
#pragma once

#include "converge/deploy_record.h"

#include <string>
#include <string_view>
#include <vector>

namespace dray::converge {

/// How a deploy stands at the end of a run.
enum class DeployEnd {
    none,         ///< there was nothing to deploy
    underway,     ///< the run ended before it: the next one goes on with it
    committed,    ///< it has passed its gates
    waiting,      ///< a gate before it says: not now
    refused,      ///< a gate before it has failed: nothing was changed
    undone,       ///< it failed before anything that runs was touched; the files are as they were
    quarantined,  ///< it was rolled back, and what ran before is well
    environment,  ///< it was rolled back, and the release is not at fault: what ran before is not well either
    held,         ///< an earlier run has rolled it back, or has left it for a person
    kept,         ///< the administrator wants the service to stay as it is
    failed,       ///< there is no way on and none back
};

/// "committed", "rolled back and quarantined", …
std::string_view end_text(DeployEnd end);

/// Whether a run with such a deploy has failed.
bool is_failure(DeployEnd end);

struct DeployReport {
    std::string package;
    std::string from;
    std::string to;
    std::vector<Passage> passages;  ///< the states that it reached in this run
    DeployEnd end = DeployEnd::none;
    std::string reason;
    std::vector<std::string> notes;
};

/// "package[warehouse] 26.11.3 → 26.11.4: rolled back and quarantined, as …".
std::string deploy_line(const DeployReport& report);

}  // namespace dray::converge
