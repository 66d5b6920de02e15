// What the texts of a recipe can name.
#include "recipe/scope.h"

namespace dray::recipe {

void collect_names(const Value& table, const std::string& prefix, std::vector<std::string>& names) {
    for (const auto& [key, value] : *table.table()) {
        names.push_back(prefix + key);
        if (value.table() != nullptr) collect_names(value, prefix + key + ".", names);
    }
}

}  // namespace dray::recipe
