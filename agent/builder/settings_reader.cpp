// Reading settings key by key.
#include "builder/settings_reader.h"

#include "duration.h"

#include <spdlog/fmt/fmt.h>

namespace dray::builder {

void SettingsReader::truth(std::string_view key, bool& target) {
    if (const auto found = layer_.find(key); found != layer_.end())
        target = std::get<bool>(found->second.value);
}

void SettingsReader::number(std::string_view key, std::int64_t& target, std::int64_t least) {
    const auto found = layer_.find(key);
    if (found == layer_.end()) return;
    const std::int64_t value = std::get<std::int64_t>(found->second.value);
    if (value >= least)
        target = value;
    else
        errors_.push_back(Error({fmt::format("{} must be {} or more, not {}", key, least, value),
                                 {},
                                 {},
                                 found->second.location}));
}

void SettingsReader::number(std::string_view key, std::optional<std::int64_t>& target, std::int64_t least) {
    std::int64_t value = least;
    number(key, value, least);
    if (has(key)) target = value;
}

void SettingsReader::duration(std::string_view key, std::chrono::seconds& target, std::chrono::seconds least,
                              std::string_view wanted) {
    std::string written;
    text(
        key, written,
        [&](const std::string& value) {
            const auto parsed = parse_duration(value);
            if (!parsed || *parsed < least) return false;
            target = std::chrono::duration_cast<std::chrono::seconds>(*parsed);
            return true;
        },
        wanted);
}

void SettingsReader::version(std::string_view key, std::optional<Version>& target) {
    std::string written;
    text(
        key, written, [&](const std::string& value) { return (target = Version::parse(value)).has_value(); },
        "a release's version, YY.MM.NN");
}

std::vector<std::string> SettingsReader::tables(std::string_view prefix) const {
    std::vector<std::string> names;
    for (const auto& [key, setting] : layer_)
        if (key.starts_with(prefix) && key.find('.', prefix.size()) == key.npos)
            names.push_back(key.substr(prefix.size()));
    return names;
}

void SettingsReader::require(std::initializer_list<std::string_view> wanted) {
    for (const std::string_view key : wanted)
        if (layer_.find(key) == layer_.end())
            errors_.push_back(Error(fmt::format("{} is missing", key), {},
                                    "set it in dray-build.toml or in the build host's settings"));
}

void SettingsReader::refuse(std::string_view key, const std::string& why, const std::string& advice) {
    if (const auto found = layer_.find(key); found != layer_.end())
        errors_.push_back(Error({fmt::format("{} {}", key, why), {}, advice, found->second.location}));
}

void SettingsReader::bad(std::string_view key, const std::string& value, std::string_view wanted,
                         const Location& location) {
    errors_.push_back(
        Error({fmt::format("{} must be {}, not \"{}\"", key, wanted, value), {}, {}, location}));
}

}  // namespace dray::builder
