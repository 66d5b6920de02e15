// What must hold before a commit is released.
#include "builder/checks.h"

#include "error.h"

#include <spdlog/fmt/fmt.h>

namespace dray::builder {
namespace {

constexpr std::size_t hash_shown = 12;

std::string attempt_on(const Commit& commit, const Settings& settings) {
    return fmt::format("cannot release {} {}", settings.service.name, commit.id.substr(0, hash_shown));
}

}  // namespace

void refuse_released(const Commit& commit, const std::vector<Tag>& tags, const Settings& settings) {
    for (const Tag& tag : tags)
        if (tag.commit == commit.id && Version::parse(tag.name))
            throw Error(attempt_on(commit, settings), fmt::format("it is released already, as {}", tag.name),
                        "push a new commit to release again");
}

void refuse_own(const Commit& commit, const OwnCommits& own, const Settings& settings) {
    if (own.only_ours({commit.id}))
        throw Error(attempt_on(commit, settings), "it was made by the release process",
                    "push a commit of your own, or name an earlier one with --commit");
}

}  // namespace dray::builder
