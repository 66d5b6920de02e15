// Keys of a resource that stand in a table of their own.
#include "recipe/key_groups.h"

#include <set>
#include <string>
#include <utility>

namespace dray::recipe {
namespace {

/// "deploy", when the schema has keys such as "deploy.migrate".
std::set<std::string> groups_of(const Schema& schema) {
    std::set<std::string> groups;
    for (const auto& key : schema.keys)
        if (const auto dot = key.name.find('.'); dot != std::string::npos)
            groups.insert(key.name.substr(0, dot));
    return groups;
}

}  // namespace

void flatten(Declaration& declaration, Problems& problems) {
    for (const auto& group : groups_of(*declaration.schema)) {
        const auto found = declaration.values.find(group);
        if (found == declaration.values.end() || found->second.truth() != nullptr) continue;
        if (found->second.table() == nullptr) {
            problems.add("bad value for '" + group + "' of " + declaration.written_id(),
                         "it is " + std::string(found->second.kind()),
                         "write a table [resource." + group + "] below the resource, or " + group + " = true",
                         declaration.where(group));
            declaration.values.erase(found);
            continue;
        }
        const auto entries = *found->second.table();
        found->second = Value(true);
        for (const auto& [name, value] : entries)
            declaration.values.insert_or_assign(group + "." + name, value);
    }
}

}  // namespace dray::recipe
