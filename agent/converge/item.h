// One resource of a run, with what stands around it in the recipe.
#pragma once

#include "recipe/loader.h"
#include "resources/resource.h"

#include <memory>
#include <set>
#include <string>
#include <vector>

namespace dray::converge {

struct Item {
    const recipe::Declaration* declaration;
    recipe::Bound bound;
    std::unique_ptr<resources::Resource> resource;
    std::string id;
    std::vector<std::string> packages;  ///< whose versions its values ask for
    std::set<std::string> needs;  ///< without these it makes no sense: what it refers to, those packages
    bool at_once = false;         ///< what it is owed is done right after the change that asks for it

    Item(const recipe::Declaration& declared, const recipe::Bound& values);

    /// "continue", "stop" or "ignore".
    const std::string& on_failure() const { return bound.properties.text("on_failure"); }

    /// Values that name a package's version, or a secret, are bound again, now that it can be known. Throws
    /// Error.
    void bind_late(const recipe::Renderer& renderer);
};

}  // namespace dray::converge
