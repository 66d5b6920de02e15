// What a release consists of.
#include "builder/products.h"

#include "builder/file_digest.h"
#include "error.h"

#include <nlohmann/json.hpp>
#include <spdlog/fmt/fmt.h>

namespace dray::builder {
namespace {

constexpr auto manifest = "release.json";

}  // namespace

std::vector<std::string> Products::files() const {
    std::vector<std::string> names;
    for (const std::string& name : {sdist, wheel})
        if (!name.empty()) names.push_back(name);
    for (const BuiltPackage& deb : debs) {
        names.push_back(deb.file);
        if (!deb.buildinfo.empty()) names.push_back(deb.buildinfo);
    }
    return names;
}

std::map<std::string, std::string> Products::digests() const {
    std::map<std::string, std::string> digests;
    for (const std::string& name : files())
        digests[name] = file_sha256(folder / name);
    return digests;
}

void Products::save(host::Files& files) const {
    nlohmann::ordered_json json{{"version", version.text()}, {"commit", commit}, {"changes", changes}};
    if (schema_floor) json["schema_floor"] = schema_floor->text();
    const auto described = [&](const std::string& name) {
        return nlohmann::ordered_json{{"name", name}, {"sha256", file_sha256(folder / name)}};
    };
    if (!sdist.empty()) json["sdist"] = described(sdist);
    if (!wheel.empty()) json["wheel"] = described(wheel);
    for (const BuiltPackage& deb : debs) {
        auto one = described(deb.file);
        one["target"] = deb.target;
        one["version"] = deb.version;
        if (!deb.buildinfo.empty()) one["buildinfo"] = described(deb.buildinfo);
        json["debs"].push_back(std::move(one));
    }
    for (const PythonFile& file : built_with)
        json["built_with"].push_back(
            {{"name", file.name}, {"version", file.version}, {"file", file.file}, {"sha256", file.sha256}});
    files.write(folder / manifest, json.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n",
                {.owner = {}, .group = {}, .mode = 0644});
}

Products Products::load(const host::Files& files, const std::filesystem::path& folder) {
    const std::string attempt = fmt::format("cannot take the products in {}", folder.string());
    const auto text = files.read(folder / manifest, 1u << 20);
    if (!text) throw Error(attempt, fmt::format("there is no {}", manifest), "run dray-build dist first");
    Products products;
    products.folder = folder;
    try {
        const auto json = nlohmann::json::parse(*text);
        const auto version = Version::parse(json.at("version").get<std::string>());
        if (!version) throw Error(attempt, fmt::format("{} has no version", manifest));
        products.version = *version;
        products.commit = json.at("commit");
        products.changes = json.at("changes").get<std::vector<std::string>>();
        if (json.contains("schema_floor"))
            products.schema_floor = Version::parse(json.at("schema_floor").get<std::string>());
        const auto take = [&](const nlohmann::json& one) {
            std::string name = one.at("name");
            if (!std::filesystem::exists(folder / name))
                throw Error(attempt, fmt::format("{} is missing", name));
            if (file_sha256(folder / name) != one.at("sha256").get<std::string>())
                throw Error(attempt, fmt::format("{} is not the file that was built", name),
                            "build it again");
            return name;
        };
        const auto record = [&](const nlohmann::json& of) {
            return of.contains("buildinfo") ? take(of.at("buildinfo")) : std::string();
        };
        if (json.contains("sdist")) products.sdist = take(json.at("sdist"));
        if (json.contains("wheel")) products.wheel = take(json.at("wheel"));
        for (const auto& one : json.value("debs", nlohmann::json::array()))
            products.debs.push_back({one.at("target"), one.at("version"), take(one), record(one)});
        // As it was written before there were targets: by a release that an upgrade of dray-build cut in two.
        if (json.contains("deb"))
            products.debs.push_back({"", version->text(), take(json.at("deb")), record(json)});
        if (json.contains("built_with"))
            for (const auto& file : json.at("built_with"))
                products.built_with.push_back(
                    {file.at("name"), file.at("version"), file.at("file"), file.at("sha256")});
    } catch (const nlohmann::json::exception& error) {
        throw Error(attempt, fmt::format("{}: {}", manifest, error.what()), "build it again");
    }
    return products;
}

}  // namespace dray::builder
