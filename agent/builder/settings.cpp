// What dray-build is told.
#include "builder/settings.h"

#include "builder/settings_publish.h"
#include "builder/settings_reader.h"
#include "builder/settings_rules.h"
#include "builder/settings_targets.h"
#include "suggestion.h"
#include "toml.h"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <map>
#include <set>
#include <variant>

namespace dray::builder {
namespace {

using Key = SettingKey;
using Kind = SettingKind;

constexpr std::array keys{
    Key{"service.name", Kind::text},        Key{"service.branch", Kind::text},
    Key{"service.kind", Kind::text},        Key{"recipes.folder", Kind::text},
    Key{"test.command", Kind::texts},       Key{"test.timeout", Kind::text},
    Key{"python.interpreter", Kind::text},  Key{"python.requirements", Kind::text},
    Key{"python.wheelhouses", Kind::texts}, Key{"python.no_index", Kind::truth},
    Key{"python.pip_config", Kind::text},   Key{"deb.package", Kind::text},
    Key{"deb.prefix", Kind::text},          Key{"deb.maintainer", Kind::text},
    Key{"deb.description", Kind::text},     Key{"deb.depends", Kind::texts},
    Key{"release.identity", Kind::text},    Key{"test.user", Kind::text},
    Key{"test.memory_mib", Kind::number},   Key{"test.processes", Kind::number},
    Key{"test.network", Kind::truth},       Key{"build.user", Kind::text},
    Key{"build.timeout", Kind::text},       Key{"build.memory_mib", Kind::number},
    Key{"build.processes", Kind::number},   Key{"build.visible", Kind::texts},
    Key{"python.only_wheels", Kind::truth}, Key{"python.twine_check", Kind::truth},
    Key{"deb.imports", Kind::texts},        Key{"deb.overlay", Kind::text},
    Key{"deb.recipe", Kind::text},          Key{"deb.lintian", Kind::truth},
    Key{"deb.schema_floor", Kind::text},    Key{"release.signing_key", Kind::text},
    Key{"host.state", Kind::text},          Key{"host.announce", Kind::texts},
    Key{"host.order", Kind::text},          Key{"host.retry_after", Kind::text},
    Key{"host.secrets", Kind::texts},       Key{"host.renew_roots_after", Kind::text},
    Key{"host.webhook_file", Kind::text},   Key{"host.git_timeout", Kind::text},
};

std::vector<Key> all_keys() {
    std::vector<Key> all(keys.begin(), keys.end());
    for (const auto& more : {publish_keys(), target_keys()})
        all.insert(all.end(), more.begin(), more.end());
    return all;
}

std::string_view kind_text(Kind kind) {
    switch (kind) {
        case Kind::text:
            return "a text";
        case Kind::texts:
            return "a list of texts";
        case Kind::truth:
            return "true or false";
        case Kind::number:
            return "an integer";
    }
    return {};
}

std::optional<decltype(Setting::value)> convert(const Value& value, Kind kind) {
    if (kind == Kind::text && value.text()) return *value.text();
    if (kind == Kind::truth && value.truth()) return *value.truth();
    if (kind == Kind::number && value.integer()) return *value.integer();
    if (kind == Kind::texts && value.list()) {
        std::vector<std::string> texts;
        for (const Value& item : *value.list()) {
            if (!item.text()) return {};
            texts.push_back(*item.text());
        }
        return texts;
    }
    return {};
}

std::vector<std::string> known_names(std::string_view section) {
    std::set<std::string> names;
    for (const Key& key : all_keys()) {
        const std::size_t dot = key.name.find('.');
        if (section.empty()) names.emplace(key.name.substr(0, dot));
        if (key.name.substr(0, dot) == section) names.emplace(key.name.substr(dot + 1));
    }
    return {names.begin(), names.end()};
}

/// `group` is the section of the keys that the section has.
void read_section(const Toml& toml, const std::string& section, const std::string& group,
                  const Value::Table& table, SettingsLayer& layer, std::vector<Error>& errors) {
    const std::vector<Key> known = all_keys();
    for (const auto& [name, value] : table) {
        const std::string full = section + "." + name;
        const std::string wanted = group + "." + name;
        const auto key =
            std::find_if(known.begin(), known.end(), [&](const Key& k) { return k.name == wanted; });
        const Location location = toml.where(full);
        if (key == known.end()) {
            errors.push_back(Error({fmt::format("unknown key '{}' in [{}]", name, section),
                                    {},
                                    did_you_mean(name, known_names(group)),
                                    location}));
        } else if (auto converted = convert(value, key->kind)) {
            layer[full] = {std::move(*converted), location};
        } else {
            errors.push_back(
                Error({fmt::format("{} must be {}, not {}", full, kind_text(key->kind), value.kind()),
                       {},
                       {},
                       location}));
        }
    }
}

/// [targets.NAME], each with the same keys. That there is one is kept in the layer as well.
void read_targets(const Toml& toml, const Value::Table& targets, SettingsLayer& layer,
                  std::vector<Error>& errors) {
    for (const auto& [name, value] : targets) {
        const std::string section = "targets." + name;
        if (!value.table() || !is_codename(name)) {
            errors.push_back(
                Error({fmt::format("'{}' must be a table of a codename: [targets.bookworm]", section),
                       {},
                       {},
                       toml.where(section)}));
            continue;
        }
        layer[section] = {true, toml.where(section)};
        read_section(toml, section, "targets", *value.table(), layer, errors);
    }
}

SettingsLayer read_layer(const SettingsText& source, std::vector<Error>& errors) {
    SettingsLayer layer;
    try {
        const Toml toml = Toml::parse(source.text, source.file);
        for (const auto& [section, value] : *toml.root().table()) {
            const std::vector<std::string> sections = known_names({});
            const bool known = std::find(sections.begin(), sections.end(), section) != sections.end();
            if (!known)
                errors.push_back(
                    Error({fmt::format("unknown {} '{}'", value.table() ? "table" : "key", section),
                           {},
                           did_you_mean(section, sections),
                           toml.where(section)}));
            else if (!value.table())
                errors.push_back(Error(
                    {fmt::format("'{0}' must be a table: [{0}]", section), {}, {}, toml.where(section)}));
            else if (section == "targets")
                read_targets(toml, *value.table(), layer, errors);
            else
                read_section(toml, section, section, *value.table(), layer, errors);
        }
    } catch (const Error& error) {
        errors.push_back(error);
    }
    std::stable_sort(errors.begin(), errors.end(), [](const Error& a, const Error& b) {
        const Location& x = a.parts().location;
        const Location& y = b.parts().location;
        return x.file == y.file && x.line < y.line;
    });
    return layer;
}

/// What runs with the build host's own rights, where releases go, who signs them, what may be installed and
/// what tests may reach is not for everybody to set who can push.
void refuse_host_keys(const SettingsLayer& layer, std::vector<Error>& errors) {
    constexpr std::array<std::string_view, 9> own{
        "test.user",           "test.network",       "test.processes",
        "test.memory_mib",     "python.wheelhouses", "python.no_index",
        "release.signing_key", "release.identity",   "python.pip_config"};
    for (const auto& [name, setting] : layer)
        if (name.starts_with("host.") || name.starts_with("publish.") || name.starts_with("build.") ||
            name.starts_with("targets.") || std::find(own.begin(), own.end(), name) != own.end())
            errors.push_back(Error({fmt::format("{} cannot be set in a service's repository", name),
                                    {},
                                    "it belongs into the build host's own settings",
                                    setting.location}));
    if (const auto prefix = layer.find("deb.prefix"); prefix != layer.end()) {
        const std::string& text = std::get<std::string>(prefix->second.value);
        if (is_prefix(text) && !is_usual_prefix(text))
            errors.push_back(Error({fmt::format("deb.prefix cannot be {} in a service's repository", text),
                                    {},
                                    "it is in /opt, /srv, /usr/lib, /usr/share, /usr/local/lib or "
                                    "/usr/local/share; only the build host's own settings name another",
                                    prefix->second.location}));
    }
}

SettingsLayer merge(const std::optional<SettingsText>& service, const std::optional<SettingsText>& host,
                    std::vector<Error>& errors) {
    SettingsLayer merged;
    if (host) merged = read_layer(*host, errors);
    if (service) {
        std::vector<Error> found;
        SettingsLayer own = read_layer(*service, found);
        refuse_host_keys(own, found);
        merged.merge(std::move(own));  // what the host has set stays
        errors.insert(errors.end(), found.begin(), found.end());
    }
    return merged;
}

void read_values(SettingsReader& reader, Settings& settings) {
    const auto filled = [](const std::string& text) { return !text.empty() && one_line(text); };
    reader.text("service.name", settings.service.name, is_distribution,
                "a Python distribution's name (letters, digits, - _ .)");
    reader.text("service.branch", settings.service.branch, is_branch, "a branch name");
    std::string kind;
    reader.text(
        "service.kind", kind, [](const std::string& t) { return t == "python" || t == "recipes"; },
        "\"python\" or \"recipes\"");
    settings.service.recipes = kind == "recipes";
    reader.text("recipes.folder", settings.recipes.folder, is_relative, "a folder inside the repository");
    reader.texts("test.command", settings.test.command, [](const std::string&) { return true; }, {});
    reader.duration("test.timeout", settings.test.timeout);
    reader.text("python.interpreter", settings.python.interpreter, is_plain_path, plain_path);
    reader.text("python.requirements", settings.python.requirements, is_relative,
                "a path inside the repository");
    reader.texts("python.wheelhouses", settings.python.wheelhouses, is_plain_path, plain_path);
    reader.truth("python.no_index", settings.python.no_index);
    reader.text("python.pip_config", settings.python.pip_config, is_hideable,
                "a file in a folder that builds need not see, such as \"/etc/dray/pip.conf\"");
    reader.text("deb.package", settings.deb.package, is_package,
                "a Debian package name (lower-case letters, digits, + - .)");
    reader.text("deb.prefix", settings.deb.prefix, is_prefix,
                "a folder of its own, such as \"/opt/name\" or \"/usr/lib/name\"");
    reader.text("deb.maintainer", settings.deb.maintainer, is_identity, "\"Name <address>\"");
    reader.text("deb.description", settings.deb.description, filled, "one line");
    reader.texts("deb.depends", settings.deb.depends, filled, "a dependency on one line");
    reader.text("release.identity", settings.release.identity, is_identity, "\"Name <address>\"");
    const auto program = [](const std::string& t) { return one_line(t); };
    reader.text("test.user", settings.test.user, is_user, "a user's name");
    reader.number("test.memory_mib", settings.test.memory_mib, 0);
    reader.number("test.processes", settings.test.processes, 1);
    reader.truth("test.network", settings.test.network);
    reader.text("build.user", settings.build.user, is_user, "a user's name");
    reader.duration("build.timeout", settings.build.timeout);
    reader.number("build.memory_mib", settings.build.memory_mib, 0);
    reader.number("build.processes", settings.build.processes, 1);
    reader.texts("build.visible", settings.build.visible, is_showable,
                 "a path of files, and none that builds have their own of, such as /tmp");
    reader.truth("python.only_wheels", settings.python.only_wheels);
    reader.truth("python.twine_check", settings.python.twine_check);
    reader.texts(
        "deb.imports", settings.deb.imports, [](const std::string& t) { return only(t, "_."); },
        "a module's name");
    reader.text("deb.overlay", settings.deb.overlay, is_relative, "a folder inside the repository");
    reader.text("deb.recipe", settings.deb.recipe, is_relative, "a folder inside the repository");
    reader.truth("deb.lintian", settings.deb.lintian);
    reader.version("deb.schema_floor", settings.deb.schema_floor);
    reader.text("release.signing_key", settings.release.signing_key, is_key, key_form);
    reader.text("host.state", settings.host.state, is_plain_path, plain_path);
    reader.texts("host.announce", settings.host.announce, program, "a word without control characters");
    reader.text("host.webhook_file", settings.host.webhook_file, is_plain_path, plain_path);
    reader.text(
        "host.order", settings.host.order, [](const std::string& t) { return t == "each" || t == "newest"; },
        "\"each\" or \"newest\"");
    reader.duration("host.retry_after", settings.host.retry_after);
    reader.duration("host.git_timeout", settings.host.git_timeout);
    reader.texts("host.secrets", settings.host.secrets, is_plain_path, plain_path);
    read_publish(reader, settings.publish);
}

std::string all_of_them(const std::vector<Error>& errors) {
    std::string text;
    for (const Error& error : errors)
        text += (text.empty() ? "" : "\n") + error.text();
    return text;
}

}  // namespace

SettingsErrors::SettingsErrors(std::vector<Error> errors)
    : std::runtime_error(all_of_them(errors)), errors_(std::move(errors)) {}

Settings read_settings(const std::optional<SettingsText>& service, const std::optional<SettingsText>& host,
                       Need need) {
    std::vector<Error> errors;
    const SettingsLayer merged = merge(service, host, errors);
    SettingsReader reader(merged, errors);
    Settings settings;
    read_values(reader, settings);
    read_target_values(reader, settings, errors);
    // After a mistyped key the missing ones would only say the same thing again.
    if (errors.empty()) {
        if (need != Need::nothing && need != Need::repository) reader.require({"service.name"});
        if (need == Need::deb || need == Need::publish || need == Need::release)
            reader.require({"deb.package", "deb.maintainer", "deb.description"});
        const bool python = !settings.service.recipes;
        if (python && (need == Need::deb || need == Need::publish || need == Need::release))
            reader.require({"deb.prefix"});
        if (python && (need == Need::publish || need == Need::release))
            require_index(reader, settings.publish, errors);
        if (need == Need::publish || need == Need::release || need == Need::repository)
            require_archive(reader, settings.publish);
    }
    if (!errors.empty()) throw SettingsErrors(std::move(errors));
    return settings;
}

std::string release_branch(const std::optional<SettingsText>& service,
                           const std::optional<SettingsText>& host) {
    std::vector<Error> errors;
    const SettingsLayer merged = merge(service, host, errors);
    Settings settings;
    SettingsReader(merged, errors)
        .text("service.branch", settings.service.branch, is_branch, "a branch name");
    return settings.service.branch;
}

std::string normal_name(std::string_view name) {
    std::string normal;
    for (const char c : name) {
        const bool separator = c == '-' || c == '_' || c == '.';
        if (!separator)
            normal += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
        else if (!normal.ends_with('-'))
            normal += '-';
    }
    return normal;
}

}  // namespace dray::builder
