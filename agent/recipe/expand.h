// for_each and only_on: from resources as they are written to those of this host.
#pragma once

#include "recipe/declaration.h"
#include "recipe/problems.h"
#include "recipe/template.h"

#include <string>
#include <vector>

namespace dray::recipe {

/// A resource that is not on this host.
struct LeftOut {
    std::string resource;  ///< "file[/etc/x]", or as it is written when its name has no value here
    std::string recipe;
    Location where;
    std::string reason;  ///< "fact.os.codename is trixie"
};

/// The resources of this host, in order.
struct Expanded {
    std::vector<Declaration> declarations;  ///< one for each item where there is for_each
    std::vector<LeftOut> left_out;
};

/// Evaluates for_each and only_on of each declaration. Mistakes in them go to `problems`, and so do wrong
/// keys of resources that are left out: their values are not looked at.
Expanded expand(const std::vector<Declaration>& written, const Renderer& renderer, Problems& problems);

}  // namespace dray::recipe
