// What an earlier run has decided of a deploy: quarantine, failure, and the administrator's word.
#include "converge/deploy.h"
#include "converge/deploy_snapshot.h"
#include "converge/deploy_target.h"
#include "host/apt_quarantine.h"

#include <spdlog/fmt/fmt.h>

#include <algorithm>

namespace dray::converge {

std::string Deployment::why_held() {
    if (!hold_) hold_ = find_hold();
    return *hold_;
}

std::string Deployment::find_hold() {
    if (book_.hold) {
        report_.end = DeployEnd::kept;
        report_.reason = book_.hold->reason;
        return fmt::format("held since {}: {}", book_.hold->at, book_.hold->reason);
    }
    const bool stands = book_.current && book_.current->state() == DeployState::failed;
    if (underway() || (!stands && book_.quarantine.empty())) return {};
    const auto target = target_of(parts_.host, set_, parts_.scope);
    auto reason = stands ? failed_before(target) : quarantined(target);
    if (reason.empty()) return reason;
    report_.end = DeployEnd::held;
    report_.reason = reason;
    return reason;
}

/// A deploy that failed for good waits for a person, or for another version or other files.
std::string Deployment::failed_before(const DeployTarget& target) {
    const auto& deploy = *book_.current;
    const bool same_version =
        target.version.empty() || target.version == deploy.to.version || target.version == installed();
    if (same_version && config_digest(parts_.host, set_, parts_.scope, deploy.to.version) == deploy.to.config)
        return fmt::format("the deploy of {} has failed and waits for a person: {}", deploy.to.version,
                           deploy.reason);
    if (parts_.dry) return {};
    book_.current.reset();
    save();
    return {};
}

/// A target that failed is tried again when its version's package or its files are others now.
std::string Deployment::quarantined(const DeployTarget& target) {
    const auto version = installed();
    std::string reason;
    const auto over = [&](const Quarantine& entry) {
        if (!reason.empty()) return false;
        const auto& bad = entry.target;
        const bool offered = target.version == bad.version;
        // While it is pinned, apt's candidate is what is installed.
        const bool concerned = offered || target.version == version;
        if (!concerned) return false;  // another version is to be had: that one is tried
        const bool other_package =
            offered && !bad.sha256.empty() && !target.sha256.empty() && bad.sha256 != target.sha256;
        if (other_package || config_digest(parts_.host, set_, parts_.scope, bad.version) != bad.config)
            return true;
        reason = fmt::format("{} has failed here at {}: {}", bad.version, entry.at, entry.reason);
        return false;
    };
    const bool ended = std::erase_if(book_.quarantine, over) > 0;
    if (ended && !parts_.dry) {
        save();
        write_pins();
    }
    return reason;
}

void Deployment::write_pins() {
    host::set_quarantine(parts_.host.files(), parts_.host.apt(), set_.name(), book_.pins());
}

bool Deployment::heal(const Item& item) {
    if (!book_.current || parts_.dry || item.resource->paths().empty()) return false;
    bool healed = false;
    for (const auto& path : item.resource->paths())
        for (const auto& file : book_.current->files)
            if (file.path == path && book_.current->state() == DeployState::quarantined &&
                !is_as_saved(parts_.host, file)) {
                bring_back(parts_.host, set_.name(), file, parts_.store);
                healed = true;
            }
    return healed;
}

}  // namespace dray::converge
