// The order of Debian's versions.
#pragma once

#include <compare>
#include <string_view>

namespace dray {

/// Which of two versions is the higher one: [epoch:]upstream[-revision]. Source: Debian Policy 5.6.12,
/// deb-version(7). Any two texts can be put in order; what is no version has a place as well.
std::strong_ordering compare_debian_versions(std::string_view a, std::string_view b);

/// A release's version without the target that dray-build has built it for (dray-build(1), targets):
/// "26.11.3" of "26.11.3+deb12" and of "26.11.3+ubuntu24.04". Any other version as it stands: numbers with
/// dots before it and "+deb" or "+ubuntu" with a distribution's VERSION_ID (os-release(5)) at the end are
/// what tells; Debian's own stable updates ("+deb12u1") and binary uploads ("+b1") are no targets.
std::string_view without_target(std::string_view version);

/// `version` in the form in which it is compared with `bound`, a version or a pattern of versions: without
/// its target, unless the bound has a "+" of its own. So "<= 26.11.3" holds for 26.11.3+deb12, which dpkg
/// puts after it.
std::string_view comparable(std::string_view version, std::string_view bound);

}  // namespace dray
