// What apt's policy would install: pins, holds, default release and phasing, and nothing of our own.
#pragma once

#include "host/apt.h"

#include <map>
#include <vector>

namespace dray::apt_helper {

/// Installed version and candidate of each wish, by apt's lists, configuration and preferences as libapt
/// reads them. Throws Error when they cannot be read, or when a wish is not one.
std::map<host::PackageWish, host::PackageStatus> candidates(const std::vector<host::PackageWish>& wishes);

/// Why they are the candidates, one for each wish in order. Throws Error likewise.
std::vector<host::AptExplanation> explanations(const std::vector<host::PackageWish>& wishes);

}  // namespace dray::apt_helper
