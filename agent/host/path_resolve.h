// From a path to the place that it leads to, in a file system that is held in memory at least in part.
#pragma once

#include "host/file.h"

#include <filesystem>
#include <functional>
#include <optional>
#include <string>

namespace dray::host {

/// What stands at a place.
struct PlaceEntry {
    FileType type = FileType::regular;
    std::string owner;
    std::string target;  ///< of a link
};

/// What stands at a place, whose own parents are no links; nothing when nothing does.
using PlaceLookup = std::function<std::optional<PlaceEntry>(const std::string& place)>;

/// The path with the links among its parents followed, by the rule for links of Files (`user` is who makes
/// the changes); "" when a parent is missing or no folder, and then `code` is the errno value for that.
/// Throws Error that begins with `attempt` for a planted link, links in a circle, and paths that do not say
/// where they go.
std::string resolved(const std::filesystem::path& path, const std::string& attempt, const std::string& user,
                     const PlaceLookup& lookup, int* code = nullptr);

/// A name in a folder, "/" among them.
std::string place_in(const std::string& folder, const std::string& name);

}  // namespace dray::host
