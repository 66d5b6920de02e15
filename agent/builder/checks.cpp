// What must hold before a commit is released.
#include "builder/checks.h"

#include <spdlog/fmt/fmt.h>

#include <map>

namespace dray::builder {
namespace {

constexpr int most_looked_at =
    20;  // newest releases: what an older one has, they have too, but for side branches

}  // namespace

std::optional<std::string> released_as(const std::string& commit, const std::vector<Tag>& tags) {
    for (const Tag& tag : tags)
        if (tag.commit == commit && Version::parse(tag.name))
            return fmt::format("it is released already, as {}", tag.name);
    return {};
}

std::optional<std::string> released_in(const Git& git, const std::string& commit,
                                       const std::vector<Tag>& tags, const std::string& remote) {
    if (auto why = released_as(commit, tags)) return why;
    std::map<Version, const Tag*, std::greater<>> newest_first;
    for (const Tag& tag : tags)
        if (const auto version = Version::parse(tag.name)) newest_first[*version] = &tag;
    int looked_at = 0;
    for (const auto& [version, tag] : newest_first) {
        if (++looked_at > most_looked_at) break;
        // The newest may be younger than the clone.
        if (looked_at == 1 && !git.has(tag->commit)) git.fetch(remote, "refs/tags/" + tag->name);
        if (git.is_ancestor(commit, tag->commit)) return fmt::format("it is part of {}", tag->name);
    }
    return {};
}

void refuse_own(const Commit& commit, const OwnCommits& own, const Settings& settings) {
    if (own.only_ours({commit.id}))
        throw Error(fmt::format("cannot release {} {}", settings.service.name, short_hash(commit.id)),
                    "it was made by the release process",
                    "push a commit of your own, or name an earlier one with --commit");
}

}  // namespace dray::builder
