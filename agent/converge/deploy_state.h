// The life of a deploy: one state after the other, each on disk before the next begins.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

namespace dray::converge {

/// Where a deploy stands. A run that finds one in another state than the last ones goes on from there.
///
///     planned → downloaded → drained → unpacked → migrated → started → verified → committed
///        │          │           │          │          │          │         │
///        └──────────┴───────────┴──────────┴─────┬────┴──────────┴─────────┘
///                                                ▼
///                                           rolling back → rolled back → quarantined
///                                                │              │
///                                                └──────┬───────┘
///                                                       ▼
///                                                     failed
///
/// A change of files alone goes from planned to drained, and from there to started.
enum class DeployState {
    planned,       ///< The gates before it have passed; what was there is kept, and the way back is known.
    downloaded,    ///< The new package is on the host and verified. Nothing that runs was touched.
    drained,       ///< The host is out of service.
    unpacked,      ///< dpkg has unpacked and configured the new package.
    migrated,      ///< The new version's migration has succeeded.
    started,       ///< The services run with the new version and its files.
    verified,      ///< All stayed well for as long as the recipe asks.
    committed,     ///< The host is in service again, and this is what a later rollback returns to.
    rolling_back,  ///< Something failed; package, files and units are on the way back.
    rolled_back,   ///< What ran before runs again. Whether that is well is not known yet, or it is not: then
                   ///< the cause is not the new version, and the next run tries it again.
    quarantined,   ///< What ran before is well, so the new version is at fault, and not tried again.
    failed,        ///< Neither forwards nor backwards: a person has to look. Nothing more is touched.
};

/// "planned", "rolling back", …: for people and records.
std::string_view state_text(DeployState state);

/// The state of that text; nothing for another text.
std::optional<DeployState> state_named(std::string_view text);

/// All states, in the order above.
const std::vector<DeployState>& deploy_states();

/// Whether a run that finds a deploy in this state has to go on with it.
bool is_unfinished(DeployState state);

/// Whether a deploy in this state is still on its way to the new version.
bool goes_forward(DeployState state);

}  // namespace dray::converge
