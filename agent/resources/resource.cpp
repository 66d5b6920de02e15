// What every resource type answers, where types need not answer it themselves.
#include "resources/resource.h"

#include <stdexcept>

namespace dray::resources {

std::vector<std::string> Resource::actions(const std::set<std::string>& owed,
                                           const std::vector<Change>&) const {
    return {owed.begin(), owed.end()};
}

void Resource::act(host::Host&, const std::string& action, const Progress&) {
    throw std::logic_error("this resource type has no action " + action);
}

}  // namespace dray::resources
