// What must hold before a commit is released.
#pragma once

#include "builder/git.h"
#include "builder/settings.h"

#include <vector>

namespace dray::builder {

/// Throws Error when `commit` has a version tag already.
void refuse_released(const Commit& commit, const std::vector<Tag>& tags, const Settings& settings);

}  // namespace dray::builder
