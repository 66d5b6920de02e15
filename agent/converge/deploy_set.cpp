// Which resources of a run belong to one deploy.
#include "converge/deploy_set.h"

#include <algorithm>
#include <set>

namespace dray::converge {
namespace {

constexpr auto gate_key = "gate_for";

bool in(const std::vector<Item*>& items, const Item& item) {
    return std::ranges::find(items, &item) != items.end();
}

/// Whether a change of `source` owes something to the item.
bool acts_on(const Item& item, const std::string& source) {
    return std::ranges::any_of(item.bound.subscriptions, [&](const recipe::Subscription& subscription) {
        return subscription.source == source && !subscription.action.empty();
    });
}

bool is_gate_for(const Item& item, const std::string& package) {
    if (!item.bound.properties.has(gate_key)) return false;
    const auto packages = item.bound.properties.texts(gate_key);
    return std::ranges::find(packages, package) != packages.end();
}

class Collector {
  public:
    explicit Collector(std::vector<Item>& items) : items_(items) {}

    std::vector<DeploySet> run() {
        std::vector<DeploySet> sets;
        for (auto& item : items_)
            if (is_deployed(item)) sets.push_back(collect(item));
        return sets;
    }

  private:
    bool is_deployed(const Item& item) const {
        const auto* settings = item.resource->deploy();
        if (settings == nullptr) return false;
        return settings->declared ||
               std::ranges::any_of(items_, [&](const Item& other) { return is_gate_for(other, item.id); });
    }

    DeploySet collect(Item& package) {
        DeploySet set;
        set.package = &package;
        taken_.insert(&package);
        for (auto& item : items_) {
            if (is_gate_for(item, package.id))
                take(item, set.gates);
            else if (!acts_on(item, package.id))
                continue;
            else if (!item.resource->service().empty())
                take(item, set.services);
            else if (item.resource->paths().empty())
                take(item, set.commands);
        }
        for (auto& item : items_)
            if (!item.resource->paths().empty() &&
                std::ranges::any_of(set.services,
                                    [&](const Item* service) { return acts_on(*service, item.id); }))
                take(item, set.files);
        return set;
    }

    void take(Item& item, std::vector<Item*>& into) {
        if (taken_.insert(&item).second) into.push_back(&item);
    }

    std::vector<Item>& items_;
    std::set<const Item*> taken_;
};

}  // namespace

bool DeploySet::has(const Item& item) const {
    return is_content(item) || in(services, item) || in(commands, item) || in(gates, item);
}

bool DeploySet::is_content(const Item& item) const {
    return &item == package || in(files, item);
}

bool DeploySet::is_service(const Item& item) const {
    return in(services, item);
}

std::vector<DeploySet> deploy_sets(std::vector<Item>& items) {
    return Collector(items).run();
}

void check_gates(const std::vector<Item>& items, recipe::Problems& problems) {
    for (const auto& item : items) {
        if (!item.bound.properties.has(gate_key)) continue;
        for (const auto& package : item.bound.properties.texts(gate_key)) {
            const auto found = std::ranges::find(items, package, &Item::id);
            if (found == items.end() || found->resource->deploy() != nullptr) continue;
            problems.add("bad value for 'gate_for' of " + item.id, package + " is nothing that is deployed",
                         "name a package resource of one package that is to be installed",
                         item.declaration->where(gate_key));
        }
    }
}

}  // namespace dray::converge
