// What must hold before a commit is released.
#pragma once

#include "builder/git.h"
#include "builder/push_queue.h"
#include "builder/settings.h"

#include <vector>

namespace dray::builder {

/// Throws Error when `commit` has a version tag already.
void refuse_released(const Commit& commit, const std::vector<Tag>& tags, const Settings& settings);

/// Throws Error when the release process itself has made `commit`: a release of it would beget the next.
void refuse_own(const Commit& commit, const OwnCommits& own, const Settings& settings);

}  // namespace dray::builder
