// What the last run that asked apt has learnt, kept on disk for the next one.
#include "host/apt_poll_state.h"

#include "error.h"
#include "host/apt_json.h"

#include <nlohmann/json.hpp>

#include <utility>

namespace dray::host {
namespace {

using nlohmann::json;

constexpr int format = 4;  // another number's file is rebuilt, as if it were not there
constexpr Mode private_file = 0600;

json release_json(const PolledRelease& release) {
    return {{"uri", release.uri},
            {"file", release.file.string()},
            {"sha256", release.digest},
            {"sources", release.sources},
            {"holds_until", release.holds_until},
            {"etag", release.validator.etag},
            {"last_modified", release.validator.last_modified}};
}

PolledRelease release_from(const json& value) {
    return {.uri = value.at("uri").get<std::string>(),
            .file = value.at("file").get<std::string>(),
            .digest = value.at("sha256").get<std::string>(),
            .sources = value.at("sources").get<std::vector<std::string>>(),
            .holds_until = value.at("holds_until").get<std::int64_t>(),
            .validator = {.etag = value.at("etag").get<std::string>(),
                          .last_modified = value.at("last_modified").get<std::string>()}};
}

json declared_json(const PollState& state) {
    json value = json::object();
    for (const auto& [source, max_age] : state.declared)
        value[source] = max_age.count();
    return value;
}

json sources_json(const PollState& state) {
    json value = json::array();
    for (const auto& source : state.sources)
        value.push_back({{"source", source.source}, {"warning", source.warning}});
    return value;
}

PollState state_from(const json& value) {
    PollState state;
    value.at("obstacle").get_to(state.obstacle);
    value.at("environment").get_to(state.environment);
    for (const auto& [source, seconds] : value.at("declared").get<std::map<std::string, std::int64_t>>())
        state.declared[source] = std::chrono::seconds(seconds);
    for (const json& source : value.at("sources"))
        state.sources.push_back({.source = source.at("source").get<std::string>(),
                                 .freshness = Freshness::current,
                                 .message = {},
                                 .warning = source.at("warning").get<std::string>()});
    state.packages = packages_from(value.at("packages"));
    state.watched = watched_from(value.at("watched"));
    value.at("digests").get_to(state.fingerprint.digests);
    for (const json& release : value.at("releases"))
        state.releases.push_back(release_from(release));
    value.at("refreshed").get_to(state.refreshed);
    return state;
}

void set_aside(Files& files, const std::filesystem::path& path, const std::string& text) {
    files.write(path.string() + ".corrupt", text, {"", "", private_file});
    files.remove(path);
}

}  // namespace

std::optional<PollState> read_poll_state(Files& files, const std::filesystem::path& path,
                                         std::string& defect) {
    const auto text = files.read(path);
    if (!text) return std::nullopt;
    try {
        const json value = json::parse(*text);
        if (value.at("format") != format) return std::nullopt;
        return state_from(value);
    } catch (const json::exception& error) {
        defect = error.what();
    } catch (const Error& error) {
        defect = error.what();
    }
    set_aside(files, path, *text);
    return std::nullopt;
}

void write_poll_state(Files& files, const std::filesystem::path& path, const PollState& state) {
    json releases = json::array();
    for (const auto& release : state.releases)
        releases.push_back(release_json(release));
    const json value = {{"format", format},
                        {"obstacle", state.obstacle},
                        {"environment", state.environment},
                        {"declared", declared_json(state)},
                        {"sources", sources_json(state)},
                        {"packages", packages_json(state.packages)},
                        {"watched", watched_json(state.watched)},
                        {"digests", state.fingerprint.digests},
                        {"releases", std::move(releases)},
                        {"refreshed", state.refreshed}};
    files.write(path, value.dump(1, ' ', false, json::error_handler_t::replace) + "\n",
                {"", "", private_file});
}

}  // namespace dray::host
