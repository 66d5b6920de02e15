// What `dray attributes` and `dray facts` print.
#pragma once

#include "error.h"
#include "recipe/origins.h"
#include "value.h"

#include <string>
#include <vector>

namespace dray::report {

/// One fact that is no table, and where it comes from.
struct Fact {
    std::string name;  ///< "fact.os.codename"
    Value value;
    std::string origin;  ///< "os-release(5)"
};

/// A line for each attribute, as TOML with its origin in a comment:
/// "port = 9001  # /etc/dray/host.toml:5, over 9000 (recipes/warehouse/recipe.toml:9)".
std::string attributes_text(const std::vector<recipe::Origin>& origins);

/// {"attributes": [{"name", "value", "where", "declared", "overrides": [{"value", "where"}]}]}
std::string attributes_json(const std::vector<recipe::Origin>& origins);

/// A line for each fact, as TOML with its origin in a comment, and one for all versions of packages.
std::string facts_text(const std::vector<Fact>& facts);

/// {"facts": [{"name", "value", "origin"}], "errors": [{"message", "hint"}]}
std::string facts_json(const std::vector<Fact>& facts, const std::vector<Error>& errors);

}  // namespace dray::report
