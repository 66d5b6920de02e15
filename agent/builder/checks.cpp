// What must hold before a commit is released.
#include "builder/checks.h"

#include "error.h"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <cctype>

namespace dray::builder {
namespace {

constexpr std::size_t shown_hash = 12;

/// The address of "Name <address>", in lower case: people write it as they like.
std::string address(const std::string& identity) {
    const std::size_t open = identity.rfind('<');
    std::string text = open == identity.npos ? identity : identity.substr(open + 1);
    if (text.ends_with('>')) text.pop_back();
    std::transform(text.begin(), text.end(), text.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return text;
}

}  // namespace

void refuse_released(const Commit& commit, const std::vector<Tag>& tags, const Settings& settings) {
    const std::string attempt =
        fmt::format("cannot release {} {}", settings.service.name, commit.id.substr(0, shown_hash));
    for (const Tag& tag : tags)
        if (tag.commit == commit.id && Version::parse(tag.name))
            throw Error(attempt, fmt::format("it is released already, as {}", tag.name),
                        "push a new commit to release again");
    if (address(commit.committer) == address(settings.release.identity))
        throw Error(attempt, fmt::format("it was committed by the release process ({})", commit.committer),
                    "[release] identity is for releases alone; a person commits by another address");
}

void run_tests(const host::Processes& processes, const Settings& settings,
               const std::filesystem::path& checkout, const std::filesystem::path& scratch) {
    const std::filesystem::path home = scratch / "test-home";
    std::filesystem::create_directories(home / "tmp");
    processes.check({.argv = settings.test.command,
                     .environment = {{"HOME", home.string()}, {"TMPDIR", (home / "tmp").string()}},
                     .directory = checkout,
                     .timeout = settings.test.timeout},
                    "the tests failed");
}

}  // namespace dray::builder
