// What to do when dpkg could not finish.
#pragma once

#include <string>
#include <string_view>

namespace dray::host {

/// A maintainer script fails each time that it is run, until there is another one.
constexpr std::string_view hint_for_failed_script =
    "see what its script says; where nothing on this host is the cause, the package has to be mended and "
    "published anew, and until then each run tries again";

/// dpkg was stopped half-way, and nothing is wrong with the packages.
constexpr std::string_view hint_for_stopped_dpkg = "the next run finishes what dpkg left";

/// The hint that fits what dpkg has said of the packages that it failed at; "" is nothing. Source: dpkg's
/// messages in the C locale, its archives.c and lib/dpkg/subproc.c.
std::string hint_after_dpkg(std::string_view words);

}  // namespace dray::host
