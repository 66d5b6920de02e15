// The post-receive hook that starts dray-build.
#include "builder/trigger.h"
#include "error.h"

#include <spdlog/fmt/fmt.h>

namespace dray::builder {
namespace {

constexpr std::string_view mark = "# Installed by dray-build hook.";

}  // namespace

std::filesystem::path install_hook(host::Files& files, const std::filesystem::path& repository,
                                   const std::string& config) {
    const std::string attempt = fmt::format("cannot install a hook in {}", repository.string());
    if (!files.exists(repository / "HEAD") || !files.exists(repository / "objects"))
        throw Error(attempt, "it is no bare git repository", "--repository names the one that is pushed to");
    const std::filesystem::path hook = repository / "hooks/post-receive";
    if (const auto there = files.read(hook); there && there->find(mark) == std::string::npos)
        throw Error(attempt, fmt::format("there is a hook already: {}", hook.string()),
                    "call dray-build post-receive from it, with the hook's standard input");
    files.make_directory(hook.parent_path(), {.owner = {}, .group = {}, .mode = 0755}, true);
    const auto quoted = [](const std::string& text) {
        std::string word = "'";
        for (const char c : text)
            word += c == '\'' ? "'\\''" : std::string(1, c);
        return word + "'";
    };
    // git runs it in the repository's folder, githooks(5).
    const std::string settings =
        config.empty() ? std::string() : std::filesystem::absolute(config).lexically_normal().string();
    files.write(
        hook,
        fmt::format("#!/bin/sh\n{}\nexec dray-build post-receive --repository {}{}\n", mark,
                    quoted(repository.string()), settings.empty() ? "" : " --config " + quoted(settings)),
        {.owner = {}, .group = {}, .mode = 0755});
    PushSpool(repository).prepare();
    return hook;
}

}  // namespace dray::builder
