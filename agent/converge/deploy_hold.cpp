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
    // The whole story is told once, of the deploy, and not of each resource of its set.
    std::string why;
    if (stands) {
        why = report_.reason = failed_before(target);
    } else if (const auto* entry = quarantined(target)) {
        why = fmt::format("{} is quarantined", entry->target.version);
        report_.reason =
            fmt::format("{} has failed here at {}: {}", entry->target.version, entry->at, entry->reason);
    }
    if (!why.empty()) report_.end = DeployEnd::held;
    return why;
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

/// What holds the target: of several entries the one of the version on offer, else the newest. A target that
/// failed is tried again when its version's package or its files are others now, so such an entry is dropped.
const Quarantine* Deployment::quarantined(const DeployTarget& target) {
    const auto version = installed();
    const auto offered = [&](const Quarantine& entry) { return entry.target.version == target.version; };
    // While it is pinned, apt's candidate is what is installed. Any other version that is to be had is tried.
    const auto concerned = [&](const Quarantine& entry) {
        return offered(entry) || target.version == version;
    };
    const auto over = [&](const Quarantine& entry) {
        if (!concerned(entry)) return false;
        const auto& bad = entry.target;
        const bool other_package =
            offered(entry) && !bad.sha256.empty() && !target.sha256.empty() && bad.sha256 != target.sha256;
        return other_package || config_digest(parts_.host, set_, parts_.scope, bad.version) != bad.config;
    };
    const bool ended = std::erase_if(book_.quarantine, over) > 0;
    if (ended && !parts_.dry) {
        save();
        write_pins();
    }
    const Quarantine* held = nullptr;
    for (const Quarantine& entry : book_.quarantine)
        if (concerned(entry) && (!held || offered(entry) || !offered(*held))) held = &entry;
    return held;
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
