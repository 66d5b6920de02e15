// What must hold before a commit is released.
#include "builder/checks.h"

#include "error.h"

#include <spdlog/fmt/fmt.h>

namespace dray::builder {
namespace {

constexpr std::size_t shown_hash = 12;

}  // namespace

void refuse_released(const Commit& commit, const std::vector<Tag>& tags, const Settings& settings) {
    const std::string attempt =
        fmt::format("cannot release {} {}", settings.service.name, commit.id.substr(0, shown_hash));
    for (const Tag& tag : tags)
        if (tag.commit == commit.id && Version::parse(tag.name))
            throw Error(attempt, fmt::format("it is released already, as {}", tag.name),
                        "push a new commit to release again");
}

}  // namespace dray::builder
