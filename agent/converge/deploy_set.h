// Which resources of a run belong to one deploy.
#pragma once

#include "converge/item.h"

#include <string>
#include <string_view>
#include <vector>

namespace dray::converge {

/// A package, the services that restart or reload for it, the files and units that these services restart or
/// reload for, the commands that run when the package has changed, and the checks with gate_for.
struct DeploySet {
    Item* package = nullptr;
    std::vector<Item*> files;
    std::vector<Item*> services;
    std::vector<Item*> commands;
    std::vector<Item*> gates;

    bool has(const Item& item) const;
    /// Whether a change of it begins a deploy: the package or one of the files.
    bool is_content(const Item& item) const;
    bool is_service(const Item& item) const;
    /// The package's name.
    const std::string& name() const { return package->bound.properties.name(); }
    const resources::DeploySettings& settings() const { return *package->resource->deploy(); }
};

/// The sets of a run, one for each package with [resource.deploy] or a check with gate_for; a resource that
/// would be in two is in the first. The items have to outlive them.
std::vector<DeploySet> deploy_sets(std::vector<Item>& items);

/// What is wrong with the references of gate_for; added to `problems`.
void check_gates(const std::vector<Item>& items, recipe::Problems& problems);

}  // namespace dray::converge
