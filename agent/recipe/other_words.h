// What users of Chef, Puppet and Ansible write first, and what a recipe calls it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace dray::recipe {

/// A hint for a key that a resource does not have: what it is called here when the word is one of theirs ("it
/// is said by the resource that is to act …" for "notifies"), else the nearest of `known`.
std::string hint_for_key(std::string_view key, const std::vector<std::string>& known);

/// A hint for a type that there is not, likewise: "it is a 'link' here" for "symlink".
std::string hint_for_type(std::string_view type, const std::vector<std::string>& known);

}  // namespace dray::recipe
