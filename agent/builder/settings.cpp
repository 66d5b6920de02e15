// What dray-build is told.
#include "builder/settings.h"

#include "builder/git.h"
#include "builder/settings_rules.h"
#include "duration.h"
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

enum class Kind { text, texts, truth, number };

struct Key {
    std::string_view name;  ///< "section.key"
    Kind kind;
};

constexpr std::array keys{
    Key{"service.name", Kind::text},
    Key{"service.branch", Kind::text},
    Key{"service.kind", Kind::text},
    Key{"recipes.folder", Kind::text},
    Key{"test.command", Kind::texts},
    Key{"test.timeout", Kind::text},
    Key{"python.interpreter", Kind::text},
    Key{"python.requirements", Kind::text},
    Key{"python.wheelhouses", Kind::texts},
    Key{"python.no_index", Kind::truth},
    Key{"deb.package", Kind::text},
    Key{"deb.prefix", Kind::text},
    Key{"deb.maintainer", Kind::text},
    Key{"deb.description", Kind::text},
    Key{"deb.depends", Kind::texts},
    Key{"release.identity", Kind::text},
    Key{"publish.index", Kind::text},
    Key{"publish.upload_to", Kind::text},
    Key{"publish.upload_config", Kind::text},
    Key{"publish.index_url", Kind::text},
    Key{"publish.apt", Kind::text},
    Key{"publish.suite", Kind::text},
    Key{"publish.component", Kind::text},
    Key{"publish.origin", Kind::text},
    Key{"publish.valid_for", Kind::text},
    Key{"publish.signing_key", Kind::text},
    Key{"publish.gnupg_home", Kind::text},
    Key{"publish.remote", Kind::text},
    Key{"test.user", Kind::text},
    Key{"test.memory_mib", Kind::number},
    Key{"test.processes", Kind::number},
    Key{"test.network", Kind::truth},
    Key{"python.only_wheels", Kind::truth},
    Key{"python.twine_check", Kind::truth},
    Key{"deb.imports", Kind::texts},
    Key{"deb.overlay", Kind::text},
    Key{"deb.recipe", Kind::text},
    Key{"deb.lintian", Kind::truth},
    Key{"deb.schema_floor", Kind::text},
    Key{"release.signing_key", Kind::text},
    Key{"host.state", Kind::text},
    Key{"host.announce", Kind::texts},
    Key{"host.order", Kind::text},
    Key{"host.retry_after", Kind::text},
    Key{"host.secrets", Kind::texts},
    Key{"publish.keep_for", Kind::text},
    Key{"publish.keep", Kind::number},
    Key{"publish.also_sign_with", Kind::texts},
    Key{"publish.signing_command", Kind::texts},
    Key{"deb.target", Kind::text},
    Key{"deb.targets", Kind::texts},
    Key{"host.renew_roots_after", Kind::text},
    Key{"targets.mirrors", Kind::texts},  // of each [targets.NAME]
    Key{"targets.keyring", Kind::text},
    Key{"targets.packages", Kind::texts},
};

/// A value and where it was written.
struct Setting {
    std::variant<std::string, std::vector<std::string>, bool, std::int64_t> value;
    Location location;
};

using Layer = std::map<std::string, Setting, std::less<>>;

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
    for (const Key& key : keys) {
        const std::size_t dot = key.name.find('.');
        if (section.empty()) names.emplace(key.name.substr(0, dot));
        if (key.name.substr(0, dot) == section) names.emplace(key.name.substr(dot + 1));
    }
    return {names.begin(), names.end()};
}

/// `group` is the section of `keys` that the section has the keys of.
void read_section(const Toml& toml, const std::string& section, const std::string& group,
                  const Value::Table& table, Layer& layer, std::vector<Error>& errors) {
    for (const auto& [name, value] : table) {
        const std::string full = section + "." + name;
        const std::string wanted = group + "." + name;
        const auto key =
            std::find_if(keys.begin(), keys.end(), [&](const Key& k) { return k.name == wanted; });
        const Location location = toml.where(full);
        if (key == keys.end()) {
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
void read_targets(const Toml& toml, const Value::Table& targets, Layer& layer, std::vector<Error>& errors) {
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

Layer read_layer(const SettingsText& source, std::vector<Error>& errors) {
    Layer layer;
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
void refuse_host_keys(const Layer& layer, std::vector<Error>& errors) {
    constexpr std::array<std::string_view, 8> own{
        "test.user",          "test.network",    "test.processes",      "test.memory_mib",
        "python.wheelhouses", "python.no_index", "release.signing_key", "release.identity"};
    for (const auto& [name, setting] : layer)
        if (name.starts_with("host.") || name.starts_with("publish.") || name.starts_with("targets.") ||
            std::find(own.begin(), own.end(), name) != own.end())
            errors.push_back(Error({fmt::format("{} cannot be set in a service's repository", name),
                                    {},
                                    "it belongs into the build host's own settings",
                                    setting.location}));
}

Layer merge(const std::optional<SettingsText>& service, const std::optional<SettingsText>& host,
            std::vector<Error>& errors) {
    Layer merged;
    if (host) merged = read_layer(*host, errors);
    if (service) {
        std::vector<Error> found;
        Layer own = read_layer(*service, found);
        refuse_host_keys(own, found);
        merged.merge(std::move(own));  // what the host has set stays
        errors.insert(errors.end(), found.begin(), found.end());
    }
    return merged;
}

/// Takes values out of the merged layer, and notes what is wrong with them.
class Reader {
  public:
    Reader(const Layer& layer, std::vector<Error>& errors) : layer_(layer), errors_(errors) {}

    template <typename Target, typename Test>
    void text(std::string_view key, Target& target, Test good, std::string_view wanted) {
        const auto found = layer_.find(key);
        if (found == layer_.end()) return;
        const std::string& value = std::get<std::string>(found->second.value);
        if (good(value))
            target = value;
        else
            bad(key, value, wanted, found->second.location);
    }

    template <typename Test>
    void texts(std::string_view key, std::vector<std::string>& target, Test good, std::string_view wanted) {
        const auto found = layer_.find(key);
        if (found == layer_.end()) return;
        target = std::get<std::vector<std::string>>(found->second.value);
        for (const std::string& value : target)
            if (!good(value)) bad(key, value, wanted, found->second.location);
    }

    void truth(std::string_view key, bool& target) {
        if (const auto found = layer_.find(key); found != layer_.end())
            target = std::get<bool>(found->second.value);
    }

    void number(std::string_view key, std::int64_t& target, std::int64_t least) {
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

    void duration(
        std::string_view key, std::chrono::seconds& target,
        std::chrono::seconds least = std::chrono::seconds(1),
        std::string_view wanted = "a length of time of a second or more, such as \"90s\", \"10m\", \"14d\"") {
        text(
            key, scratch_,
            [&](const std::string& value) {
                const auto parsed = parse_duration(value);
                if (!parsed || *parsed < least) return false;
                target = std::chrono::duration_cast<std::chrono::seconds>(*parsed);
                return true;
            },
            wanted);
    }

    void version(std::string_view key, std::optional<Version>& target) {
        text(
            key, scratch_,
            [&](const std::string& value) { return (target = Version::parse(value)).has_value(); },
            "a release's version, YY.MM.NN");
    }

    /// The names below a prefix that have a table of their own.
    std::vector<std::string> tables(std::string_view prefix) const {
        std::vector<std::string> names;
        for (const auto& [key, setting] : layer_)
            if (key.starts_with(prefix) && key.find('.', prefix.size()) == key.npos)
                names.push_back(key.substr(prefix.size()));
        return names;
    }

    bool has(std::string_view key) const { return layer_.find(key) != layer_.end(); }

    void require(std::initializer_list<std::string_view> wanted) {
        for (const std::string_view key : wanted)
            if (layer_.find(key) == layer_.end())
                errors_.push_back(Error(fmt::format("{} is missing", key), {},
                                        "set it in dray-build.toml or in the build host's settings"));
    }

  private:
    void bad(std::string_view key, const std::string& value, std::string_view wanted,
             const Location& location) {
        errors_.push_back(
            Error({fmt::format("{} must be {}, not \"{}\"", key, wanted, value), {}, {}, location}));
    }

    const Layer& layer_;
    std::vector<Error>& errors_;
    std::string scratch_;
};

constexpr std::string_view key_form = "the fingerprint of an OpenPGP key (hexadecimal, no spaces)";
constexpr std::string_view plain_path = "an absolute path without spaces, quotes, dots or a final slash";

/// Which targets a service may ask for is the build host's to say: each costs it a root tree and a suite.
void read_target_values(Reader& reader, Settings& settings, std::vector<Error>& errors) {
    const auto mirror = [](const std::string& text) {
        return one_line(text) && !has_password(text) &&
               (text.starts_with("deb ") || text.find("://") != text.npos);
    };
    for (const std::string& name : reader.tables("targets.")) {
        Settings::Target& target = settings.targets[name];
        const std::string section = "targets." + name;
        reader.texts(section + ".mirrors", target.mirrors, mirror,
                     "a URL, or a line \"deb …\" of sources.list(5), without a password");
        reader.text(section + ".keyring", target.keyring, is_plain_path, plain_path);
        reader.texts(section + ".packages", target.packages, is_package, "a Debian package name");
    }
    const auto offered = [&](const std::string& text) {
        return is_codename(text) && (settings.targets.contains(text) || !distribution_of(text).empty());
    };
    constexpr std::string_view wanted =
        "a codename that dray-build(1) lists or the build host's settings have as [targets.NAME]";
    reader.texts("deb.targets", settings.deb.targets, offered, wanted);
    std::string single;
    reader.text("deb.target", single, offered, wanted);
    if (reader.has("deb.target") && reader.has("deb.targets"))
        errors.push_back(Error("deb.target and deb.targets are both set", {}, "keep one"));
    if (!single.empty()) settings.deb.targets = {single};
    std::set<std::string> once;
    for (const std::string& name : settings.deb.targets)
        if (!once.insert(name).second)
            errors.push_back(Error(fmt::format("deb.targets has {} twice", name), {}, "name each once"));
    reader.duration("host.renew_roots_after", settings.host.renew_roots_after, std::chrono::hours(1),
                    "a length of time of an hour or more, such as \"7d\"");
}

void read_values(Reader& reader, Settings& settings) {
    const auto remote = [](const std::string& text) { return one_line(text) && !has_password(text); };
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
    reader.text("deb.package", settings.deb.package, is_package,
                "a Debian package name (lower-case letters, digits, + - .)");
    reader.text("deb.prefix", settings.deb.prefix, is_prefix,
                "a folder of its own, such as \"/opt/name\" or \"/usr/lib/name\"");
    reader.text("deb.maintainer", settings.deb.maintainer, is_identity, "\"Name <address>\"");
    reader.text("deb.description", settings.deb.description, filled, "one line");
    reader.texts("deb.depends", settings.deb.depends, filled, "a dependency on one line");
    reader.text("release.identity", settings.release.identity, is_identity, "\"Name <address>\"");
    reader.text("publish.index", settings.publish.index, is_plain_path, plain_path);
    reader.text(
        "publish.upload_to", settings.publish.upload_to, [](const std::string& t) { return only(t, "-_."); },
        "the name of a section in [publish] upload_config (letters, digits, - _ .)");
    reader.text("publish.upload_config", settings.publish.upload_config, is_hideable,
                "a file in a folder that tests need not see, such as \"/etc/dray/pypirc\"");
    reader.text("publish.index_url", settings.publish.index_url, is_web_url,
                "an http: or https: URL without user and password");
    reader.text("publish.apt", settings.publish.apt, is_plain_path, plain_path);
    reader.text(
        "publish.suite", settings.publish.suite, [](const std::string& t) { return only(t, "-_."); },
        "a suite's name (letters, digits, - _ .)");
    reader.text(
        "publish.component", settings.publish.component, [](const std::string& t) { return only(t, "-_."); },
        "a component's name (letters, digits, - _ .)");
    reader.text("publish.origin", settings.publish.origin, filled, "one line");
    // dray-build-renew.timer looks every hour, and signs again when half of it is over.
    reader.duration("publish.valid_for", settings.publish.valid_for, std::chrono::hours(3),
                    "a length of time of three hours or more, such as \"14d\"");
    reader.text("publish.signing_key", settings.publish.signing_key, is_key, key_form);
    reader.text("publish.gnupg_home", settings.publish.gnupg_home, is_plain_path, plain_path);
    const auto program = [](const std::string& t) { return one_line(t); };
    reader.text("test.user", settings.test.user, is_user, "a user's name");
    reader.number("test.memory_mib", settings.test.memory_mib, 0);
    reader.number("test.processes", settings.test.processes, 1);
    reader.truth("test.network", settings.test.network);
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
    reader.text(
        "host.order", settings.host.order, [](const std::string& t) { return t == "each" || t == "newest"; },
        "\"each\" or \"newest\"");
    reader.duration("host.retry_after", settings.host.retry_after);
    reader.texts("host.secrets", settings.host.secrets, is_plain_path, plain_path);
    reader.duration("publish.keep_for", settings.publish.keep_for);
    reader.number("publish.keep", settings.publish.keep, 0);
    reader.texts("publish.also_sign_with", settings.publish.also_sign_with, is_key, key_form);
    reader.texts("publish.signing_command", settings.publish.signing_command, program,
                 "a word without control characters");
    reader.text("publish.remote", settings.publish.remote, remote,
                "a git remote without a password (keep that in a credential helper)");
}

/// Distributions go to a folder or to an index that takes uploads.
void require_index(Reader& reader, const Settings::Publish& publish, std::vector<Error>& errors) {
    if (publish.upload_to.empty())
        reader.require({"publish.index"});
    else if (!publish.index.empty())
        errors.push_back(Error("publish.index and publish.upload_to are both set", {},
                               "distributions go to a folder or to an index that takes uploads: keep one"));
    else
        reader.require({"publish.index_url"});
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
    const Layer merged = merge(service, host, errors);
    Reader reader(merged, errors);
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
        if (need == Need::publish || need == Need::release || need == Need::repository) {
            reader.require({"publish.apt"});
            if (settings.publish.signing_command.empty()) reader.require({"publish.signing_key"});
        }
    }
    if (!errors.empty()) throw SettingsErrors(std::move(errors));
    return settings;
}

std::string release_branch(const std::optional<SettingsText>& service,
                           const std::optional<SettingsText>& host) {
    std::vector<Error> errors;
    const Layer merged = merge(service, host, errors);
    Settings settings;
    Reader(merged, errors).text("service.branch", settings.service.branch, is_branch, "a branch name");
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
