// What must hold before a commit is released.
#pragma once

#include "builder/git.h"
#include "builder/push_queue.h"
#include "builder/settings.h"
#include "builder/unsure.h"

#include <optional>
#include <string>
#include <vector>

namespace dray::builder {

/// A commit that some release has already: there is nothing wrong with it, and nothing to do.
class Released final : public Certain {
  public:
    using Certain::Certain;
};

/// Which release is of this commit: "it is released already, as 26.9.3"; nothing when none is.
std::optional<std::string> released_as(const std::string& commit, const std::vector<Tag>& tags);

/// As released_as, and also when a later commit is released: "it is part of 26.9.4". Released by itself after
/// that it would be older code by a higher number. `remote` is where the tags are ("" is the origin).
std::optional<std::string> released_in(const Git& git, const std::string& commit,
                                       const std::vector<Tag>& tags, const std::string& remote);

/// Throws Error when the release process itself has made `commit`: a release of it would beget the next.
void refuse_own(const Commit& commit, const OwnCommits& own, const Settings& settings);

}  // namespace dray::builder
