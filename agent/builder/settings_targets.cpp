// The targets that packages are made for.
#include "builder/settings_targets.h"

#include "builder/git.h"
#include "builder/settings_rules.h"

#include <spdlog/fmt/fmt.h>

#include <array>
#include <chrono>
#include <set>
#include <string>
#include <string_view>

namespace dray::builder {

std::span<const SettingKey> target_keys() {
    static constexpr std::array keys{
        SettingKey{"deb.target", SettingKind::text},        SettingKey{"deb.targets", SettingKind::texts},
        SettingKey{"targets.mirrors", SettingKind::texts},  SettingKey{"targets.keyring", SettingKind::text},
        SettingKey{"targets.packages", SettingKind::texts},
    };
    return keys;
}

// Which targets a service may ask for is the build host's to say: each costs it a root tree and a suite.
void read_target_values(SettingsReader& reader, Settings& settings, std::vector<Error>& errors) {
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

}  // namespace dray::builder
