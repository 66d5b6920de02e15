// Parts of what dray asks and keeps of apt, as JSON: in messages between dray and dray-apt, and on disk.
#pragma once

#include "error.h"
#include "host/apt.h"
#include "host/apt_fingerprint.h"

#include <nlohmann/json.hpp>

#include <map>
#include <string>
#include <vector>

namespace dray::host {

/// The value of an enum; nlohmann takes an unknown word for the first one. Throws Error, saying that `what`
/// cannot be read.
template <typename Enum>
Enum known_word(const nlohmann::json& value, const std::string& what) {
    const auto word = value.get<Enum>();
    if (nlohmann::json(word) != value) throw Error("cannot read " + what, "unknown word " + value.dump());
    return word;
}

/// Each pair has its inverse; those throw nlohmann::json::exception for anything else than their own JSON,
/// and Error for an unknown word in it.
nlohmann::json wish_json(const PackageWish& wish);
PackageWish wish_from(const nlohmann::json& value);

nlohmann::json packages_json(const std::map<PackageWish, PackageStatus>& packages);
std::map<PackageWish, PackageStatus> packages_from(const nlohmann::json& value);

nlohmann::json kept_json(const KeptPackage& kept);
KeptPackage kept_from(const nlohmann::json& value);

nlohmann::json watched_json(const std::vector<AptWatched>& watched);
std::vector<AptWatched> watched_from(const nlohmann::json& value);

}  // namespace dray::host
