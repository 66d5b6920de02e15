// One resource of a run.
#include "converge/item.h"

#include "resources/registry.h"

#include <utility>

namespace dray::converge {

Item::Item(const recipe::Declaration& declared, const recipe::Bound& values)
    : declaration(&declared),
      bound(values),
      resource(resources::make(bound.properties)),
      id(bound.id()),
      packages(declared.packages()),
      at_once(bound.properties.truth("at_once")) {
    for (const auto& subscription : bound.subscriptions)
        needs.insert(subscription.source);
    for (const auto& package : packages)
        needs.insert("package[" + package + "]");
}

void Item::bind_late(const recipe::Renderer& renderer) {
    if (packages.empty() && !bound.secrets) return;
    recipe::Problems problems;
    auto again = recipe::bind(*declaration, renderer, problems);
    if (!problems.empty()) throw problems.all().front();
    bound.properties = std::move(again.properties);
    bound.guards = std::move(again.guards);
    resource = resources::make(bound.properties);
}

}  // namespace dray::converge
