// What /etc/dray says of this host.
#include "recipe/host_settings.h"

#include "duration.h"
#include "recipe/recipe_file.h"
#include "suggestion.h"

#include <spdlog/fmt/fmt.h>

#include <algorithm>

namespace dray::recipe {
namespace {

namespace fs = std::filesystem;

/// The file as TOML; null when it is not there or, with a problem, when it cannot be read.
std::shared_ptr<const Toml> read_toml(const fs::path& file, Problems& problems) {
    std::error_code code;
    if (!fs::exists(file, code)) {
        if (code) problems.add(Error("cannot read " + file.string(), code.message()));
        return nullptr;
    }
    try {
        return std::make_shared<const Toml>(Toml::parse(read_file(file, toml_size_limit + 1), file.string()));
    } catch (const Error& error) {
        problems.add(error);
        return nullptr;
    }
}

std::vector<fs::path> toml_files(const fs::path& folder, Problems& problems) {
    std::vector<fs::path> files;
    std::error_code code;
    for (fs::directory_iterator entry(folder, code), end; !code && entry != end; entry.increment(code))
        if (entry->path().extension() == ".toml" && !entry->path().filename().string().starts_with('.'))
            files.push_back(entry->path());
    if (code && code != std::errc::no_such_file_or_directory)
        problems.add(Error("cannot read " + folder.string(), code.message()));
    std::ranges::sort(files);
    return files;
}

void read_recipes(const Value& value, const Location& where, HostSettings& settings, Problems& problems) {
    if (value.list() != nullptr) {
        for (const auto& item : *value.list()) {
            if (item.text() != nullptr)
                settings.recipes.push_back(*item.text());
            else
                problems.add("bad value for 'recipes'", fmt::format("an entry is {}", item.kind()),
                             "write recipe names", where);
        }
        return;
    }
    problems.add("bad value for 'recipes'", fmt::format("it is {}", value.kind()),
                 "write recipes = [\"warehouse\"]", where);
}

void read_lock_wait(const Value& value, const Location& where, HostSettings& settings, Problems& problems) {
    const auto wait = value.text() != nullptr ? parse_duration(*value.text()) : std::nullopt;
    if (wait)
        settings.lock_wait = std::chrono::ceil<std::chrono::seconds>(*wait);
    else
        problems.add("bad value for 'lock_wait'",
                     value.text() != nullptr ? fmt::format("'{}' is no length of time", *value.text())
                                             : fmt::format("it is {}", value.kind()),
                     "write lock_wait = \"10m\"", where);
}

}  // namespace

HostSettings host_settings(const fs::path& folder, Problems& problems) {
    HostSettings settings;
    for (const auto& file : toml_files(folder / "attributes.d", problems))
        if (auto text = read_toml(file, problems))
            settings.layers.push_back(read_layer(*text->root().table(), text, "", problems));
    const auto text = read_toml(folder / "host.toml", problems);
    if (!text) return settings;
    static const std::vector<std::string> known = {"recipes", "attributes", "lock_wait"};
    for (const auto& [key, value] : *text->root().table()) {
        if (key == "recipes")
            read_recipes(value, text->where(key), settings, problems);
        else if (key == "lock_wait")
            read_lock_wait(value, text->where(key), settings, problems);
        else if (key == "attributes" && value.table() != nullptr)
            settings.layers.push_back(read_layer(*value.table(), text, "attributes", problems));
        else if (key == "attributes")
            problems.add("bad value for 'attributes'", fmt::format("it is {}", value.kind()),
                         "write [attributes]", text->where(key));
        else
            problems.add(fmt::format("unknown key '{}' in {}", key, text->file()), "",
                         did_you_mean(key, known), text->where(key));
    }
    return settings;
}

}  // namespace dray::recipe
