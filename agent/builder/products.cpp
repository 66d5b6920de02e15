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
    for (const std::string& name : {sdist, wheel, deb, buildinfo})
        if (!name.empty()) names.push_back(name);
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
    const auto add = [&](const char* key, const std::string& name) {
        if (!name.empty()) json[key] = {{"name", name}, {"sha256", file_sha256(folder / name)}};
    };
    add("sdist", sdist);
    add("wheel", wheel);
    add("deb", deb);
    add("buildinfo", buildinfo);
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
        const auto take = [&](const char* key, std::string& name) {
            if (!json.contains(key)) return;
            name = json.at(key).at("name");
            if (!std::filesystem::exists(folder / name))
                throw Error(attempt, fmt::format("{} is missing", name));
            if (file_sha256(folder / name) != json.at(key).at("sha256").get<std::string>())
                throw Error(attempt, fmt::format("{} is not the file that was built", name),
                            "build it again");
        };
        take("sdist", products.sdist);
        take("wheel", products.wheel);
        take("deb", products.deb);
        take("buildinfo", products.buildinfo);
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
