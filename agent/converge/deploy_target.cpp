// What a deploy would bring.
#include "converge/deploy_target.h"

#include "digest.h"
#include "resources/registry.h"

#include <algorithm>
#include <memory>
#include <optional>

namespace dray::converge {
namespace {

/// The resource as it is with another version of the package; a null pointer when that makes no difference.
std::unique_ptr<resources::Resource> rebound(const Item& item, const recipe::Renderer& renderer) {
    if (item.packages.empty() && !item.bound.secrets) return nullptr;
    recipe::Problems problems;
    const auto bound = recipe::bind(*item.declaration, renderer, problems);
    if (!problems.empty()) throw problems.all().front();
    return resources::make(bound.properties);
}

}  // namespace

std::string config_digest(const host::Host& host, const DeploySet& set, const recipe::Scope& scope,
                          const std::string& version) {
    auto with_version = scope;
    with_version.package_version = [&](const std::string& package) -> std::optional<std::string> {
        if (package == set.name()) return version;
        return scope.package_version ? scope.package_version(package) : std::nullopt;
    };
    const recipe::Renderer renderer(with_version);
    std::string all;
    for (const auto* item : set.files) {
        const auto other = rebound(*item, renderer);
        const auto& resource = other ? *other : *item->resource;
        resource.inspect(host);  // a resource is asked in this order
        const auto wanted = resource.wanted(host);
        all += item->id + "\n";
        for (const auto& entry : wanted.entries())
            all += entry.name + "=" + sha256(entry.value) + "\n";
    }
    return sha256(all);
}

Candidate target_of(const host::Host& host, const DeploySet& set, const recipe::Scope& scope) {
    const auto status = host.apt().status(set.settings().wish);
    if (status.candidate.empty()) return {};
    return {{status.candidate, status.sha256, config_digest(host, set, scope, status.candidate)},
            status.schema_floor};
}

}  // namespace dray::converge
