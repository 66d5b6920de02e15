// From a path to the place that it leads to.
#include "host/path_resolve.h"

#include "error.h"
#include "host/path_walk.h"

#include <cerrno>
#include <deque>
#include <utility>
#include <vector>

namespace dray::host {
namespace {

constexpr int most_links = 40;  // as the kernel's; path_resolution(7)

std::vector<std::string> steps_of(const std::string& target) {
    std::vector<std::string> parts;
    for (const auto& part : std::filesystem::path(target))
        if (part != "/" && part != "." && !part.empty()) parts.push_back(part.string());
    return parts;
}

}  // namespace

std::string place_in(const std::string& folder, const std::string& name) {
    return folder == "/" ? "/" + name : folder + "/" + name;
}

std::string resolved(const std::filesystem::path& path, const std::string& attempt, const std::string& user,
                     const PlaceLookup& lookup, int* code) {
    const auto parts = components(path, attempt);
    if (parts.empty()) return "/";
    const auto missing = [&](int reason) {
        if (code != nullptr) *code = reason;
        return std::string();
    };
    std::string folder = "/";
    std::deque<std::string> pending(parts.begin(), parts.end() - 1);
    for (int links = 0; !pending.empty();) {
        const std::string name = std::move(pending.front());
        pending.pop_front();
        if (name == "..") {
            folder = std::filesystem::path(folder).parent_path().string();
            continue;
        }
        const std::string next = place_in(folder, name);
        const auto entry = lookup(next);
        if (!entry) return missing(ENOENT);
        if (entry->type == FileType::directory) {
            folder = next;
            continue;
        }
        if (entry->type != FileType::link) return missing(ENOTDIR);
        if (entry->owner != "root" && entry->owner != user)
            throw Error(attempt,
                        "'" + name + "' in " + path.string() + " is a symbolic link of user " + entry->owner,
                        "dray follows only links that belong to root; see who made this one, and remove it");
        if (++links > most_links) throw Error::system(attempt, ELOOP);
        const auto more = steps_of(entry->target);
        pending.insert(pending.begin(), more.begin(), more.end());
        if (entry->target.starts_with('/')) folder = "/";
    }
    return place_in(folder, parts.back());
}

}  // namespace dray::host
