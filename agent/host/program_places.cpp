// Where a command's program is looked for.
#include "host/program_places.h"

#include <cstdlib>
#include <string_view>

namespace dray::host {
namespace {

std::string_view search_path(const Command& command) {
    if (const auto own = command.environment.find("PATH"); own != command.environment.end())
        return own->second;
    const char* const inherited = command.inherit_environment ? ::getenv("PATH") : nullptr;
    return inherited != nullptr ? inherited : system_path;
}

}  // namespace

std::vector<std::filesystem::path> program_places(const Command& command) {
    const auto& program = command.argv.at(0);
    if (program.find('/') != std::string::npos) return {command.directory / program};
    std::vector<std::filesystem::path> places;
    auto path = search_path(command);
    for (;;) {
        const auto colon = path.find(':');
        const auto folder = path.substr(0, colon);
        // An empty or relative entry means the current folder, which is never where a program is meant to be.
        if (!folder.empty() && folder.front() == '/')
            places.push_back(std::filesystem::path(folder) / program);
        if (colon == std::string_view::npos) return places;
        path.remove_prefix(colon + 1);
    }
}

}  // namespace dray::host
