// Parts of what dray asks and keeps of apt, as JSON.
#include "host/apt_json.h"

#include <utility>

namespace dray::host {

using nlohmann::json;

NLOHMANN_JSON_SERIALIZE_ENUM(Hold, {{Hold::respect, "respect"}, {Hold::own, "own"}, {Hold::lift, "lift"}})

json wish_json(const PackageWish& wish) {
    return {{"name", wish.name}, {"version", wish.version}, {"hold", wish.hold}, {"from", wish.from}};
}

PackageWish wish_from(const json& value) {
    return {value.at("name").get<std::string>(), value.at("version").get<std::string>(),
            known_word<Hold>(value.value("hold", json(Hold::respect)), "a request of dray-apt"),
            value.value("from", std::set<std::string>())};
}

json packages_json(const std::map<PackageWish, PackageStatus>& packages) {
    json value = json::array();
    for (const auto& [wish, status] : packages) {
        json package = wish_json(wish);
        package["installed"] = status.installed;
        package["candidate"] = status.candidate;
        package["reason"] = status.reason;
        package["sha256"] = status.sha256;
        package["schema_floor"] = status.schema_floor;
        value.push_back(std::move(package));
    }
    return value;
}

std::map<PackageWish, PackageStatus> packages_from(const json& value) {
    std::map<PackageWish, PackageStatus> packages;
    for (const json& package : value) {
        packages[wish_from(package)] = {
            package.at("installed").get<std::string>(), package.at("candidate").get<std::string>(),
            package.at("reason").get<std::string>(), package.value("sha256", std::string()),
            package.value("schema_floor", std::string())};
    }
    return packages;
}

json kept_json(const KeptPackage& kept) {
    return {{"name", kept.name},
            {"version", kept.version},
            {"path", kept.path.string()},
            {"sha256", kept.sha256},
            {"size", kept.size}};
}

KeptPackage kept_from(const json& value) {
    return {.name = value.at("name").get<std::string>(),
            .version = value.at("version").get<std::string>(),
            .path = value.at("path").get<std::string>(),
            .sha256 = value.at("sha256").get<std::string>(),
            .size = value.at("size").get<std::uint64_t>()};
}

json watched_json(const std::vector<AptWatched>& watched) {
    json value = json::array();
    for (const auto& each : watched) {
        json paths = json::array();
        for (const auto& path : each.paths)
            paths.push_back(path.string());
        value.push_back({{"subject", each.subject},
                         {"by_content", each.by_content},
                         {"of_choice", each.of_choice},
                         {"paths", std::move(paths)}});
    }
    return value;
}

std::vector<AptWatched> watched_from(const json& value) {
    std::vector<AptWatched> watched;
    for (const json& each : value) {
        AptWatched one{.subject = each.at("subject").get<std::string>(),
                       .by_content = each.at("by_content").get<bool>(),
                       .of_choice = each.at("of_choice").get<bool>()};
        for (const json& path : each.at("paths"))
            one.paths.emplace_back(path.get<std::string>());
        watched.push_back(std::move(one));
    }
    return watched;
}

}  // namespace dray::host
