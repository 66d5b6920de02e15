// The states of a deploy in words.
#include "converge/deploy_state.h"

#include <algorithm>

namespace dray::converge {

std::string_view state_text(DeployState state) {
    switch (state) {
        case DeployState::planned:
            return "planned";
        case DeployState::downloaded:
            return "downloaded";
        case DeployState::drained:
            return "drained";
        case DeployState::unpacked:
            return "unpacked";
        case DeployState::migrated:
            return "migrated";
        case DeployState::started:
            return "started";
        case DeployState::verified:
            return "verified";
        case DeployState::committed:
            return "committed";
        case DeployState::rolling_back:
            return "rolling back";
        case DeployState::rolled_back:
            return "rolled back";
        case DeployState::quarantined:
            return "quarantined";
        case DeployState::failed:
            break;
    }
    return "failed";
}

const std::vector<DeployState>& deploy_states() {
    using enum DeployState;
    static const std::vector<DeployState> all = {planned,      downloaded,  drained,     unpacked,
                                                 migrated,     started,     verified,    committed,
                                                 rolling_back, rolled_back, quarantined, failed};
    return all;
}

std::optional<DeployState> state_named(std::string_view text) {
    const auto& all = deploy_states();
    const auto found = std::ranges::find(all, text, &state_text);
    return found != all.end() ? std::optional(*found) : std::nullopt;
}

bool is_unfinished(DeployState state) {
    return goes_forward(state) || state == DeployState::rolling_back || state == DeployState::rolled_back;
}

bool goes_forward(DeployState state) {
    return state < DeployState::committed;
}

}  // namespace dray::converge
