// The order of Debian's versions.
#pragma once

#include <compare>
#include <string_view>

namespace dray {

/// Which of two versions is the higher one: [epoch:]upstream[-revision]. Source: Debian Policy 5.6.12,
/// deb-version(7). Any two texts can be put in order; what is no version has a place as well.
std::strong_ordering compare_debian_versions(std::string_view a, std::string_view b);

}  // namespace dray
