// All deploys of one run.
#include "converge/deploys.h"

#include <algorithm>

namespace dray::converge {
namespace {

/// All members of a set.
std::vector<const Item*> members(const DeploySet& set) {
    std::vector<const Item*> all = {set.package};
    for (const auto* items : {&set.files, &set.services, &set.commands, &set.gates})
        all.insert(all.end(), items->begin(), items->end());
    return all;
}

}  // namespace

Deploys::Deploys(const Deployment::Parts& parts, std::vector<Item>& items) {
    for (auto& set : deploy_sets(items))
        deployments_.emplace_back(parts, std::move(set));
}

Deployment* Deploys::of(const Item& item) {
    const auto found = std::ranges::find_if(
        deployments_, [&item](const Deployment& deployment) { return deployment.set().has(item); });
    return found != deployments_.end() ? &*found : nullptr;
}

void Deploys::open() {
    for (auto& deployment : deployments_)
        deployment.open();
}

std::string Deploys::why_held(const Item& item) {
    auto* deployment = of(item);
    if (deployment == nullptr || item.resource->is_check()) return {};
    if (deployment->set().is_service(item) && !deployment->is_stopped()) return {};
    return deployment->why_held();
}

bool Deploys::heal(const Item& item) {
    auto* deployment = of(item);
    return deployment != nullptr && deployment->heal(item);
}

void Deploys::before(const Item& item) {
    if (auto* deployment = of(item)) deployment->before(item);
}

void Deploys::after(const Item& item, const Step& step) {
    if (auto* deployment = of(item)) deployment->after(item, step);
}

void Deploys::finish(const std::function<bool(const Item&)>& done) {
    for (auto& deployment : deployments_)
        if (deployment.underway() &&
            std::ranges::all_of(members(deployment.set()), [&](const Item* item) { return done(*item); }))
            deployment.finish();
}

void Deploys::close(const std::function<bool(const Item&)>& bad) {
    for (auto& deployment : deployments_)
        deployment.close(
            std::ranges::none_of(members(deployment.set()), [&](const Item* item) { return bad(*item); }));
}

std::vector<DeployReport> Deploys::reports() const {
    std::vector<DeployReport> reports;
    for (const auto& deployment : deployments_)
        if (deployment.report().end != DeployEnd::none || !deployment.report().notes.empty())
            reports.push_back(deployment.report());
    return reports;
}

}  // namespace dray::converge
