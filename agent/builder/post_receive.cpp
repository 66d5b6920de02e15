// What git tells a post-receive hook.
#include "builder/post_receive.h"

#include "error.h"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <sstream>

namespace dray::builder {
namespace {

constexpr std::string_view branches = "refs/heads/";

}  // namespace

bool is_hash(const std::string& text) {
    return (text.size() == 40 || text.size() == 64) &&
           text.find_first_not_of("0123456789abcdef") == text.npos;
}

std::vector<RefUpdate> parse_ref_updates(std::string_view text) {
    std::vector<RefUpdate> updates;
    std::istringstream lines{std::string(text)};
    int number = 0;
    for (std::string line; std::getline(lines, line);) {
        ++number;
        const std::size_t first = line.find(' ');
        const std::size_t second = first == line.npos ? line.npos : line.find(' ', first + 1);
        RefUpdate update;
        if (second != line.npos)
            update = {line.substr(0, first), line.substr(first + 1, second - first - 1),
                      line.substr(second + 1)};
        if (!is_hash(update.before) || !is_hash(update.after) || !update.ref.starts_with("refs/"))
            throw Error({"cannot read what was pushed",
                         "a line is not \"old new ref\"",
                         "dray-build post-receive is run by git, as a hook",
                         {"standard input", number}});
        updates.push_back(std::move(update));
    }
    return updates;
}

bool moves_a_branch(const std::vector<RefUpdate>& updates) {
    return std::any_of(updates.begin(), updates.end(), [](const RefUpdate& update) {
        return update.ref.starts_with(branches) && !update.deleted();
    });
}

std::optional<RefUpdate> push_to(const std::vector<RefUpdate>& updates, std::string_view branch) {
    for (const RefUpdate& update : updates)
        if (update.ref == fmt::format("{}{}", branches, branch) && !update.deleted()) return update;
    return {};
}

}  // namespace dray::builder
