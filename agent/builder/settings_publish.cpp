// [publish] of the settings.
#include "builder/settings_publish.h"

#include "builder/git.h"
#include "builder/settings_rules.h"

#include <array>
#include <string>

namespace dray::builder {

std::span<const SettingKey> publish_keys() {
    static constexpr std::array keys{
        SettingKey{"publish.index", SettingKind::text},
        SettingKey{"publish.upload_to", SettingKind::text},
        SettingKey{"publish.upload_config", SettingKind::text},
        SettingKey{"publish.index_url", SettingKind::text},
        SettingKey{"publish.apt", SettingKind::text},
        SettingKey{"publish.suite", SettingKind::text},
        SettingKey{"publish.component", SettingKind::text},
        SettingKey{"publish.origin", SettingKind::text},
        SettingKey{"publish.valid_for", SettingKind::text},
        SettingKey{"publish.keep_for", SettingKind::text},
        SettingKey{"publish.keep", SettingKind::number},
        SettingKey{"publish.signing_key", SettingKind::text},
        SettingKey{"publish.also_sign_with", SettingKind::texts},
        SettingKey{"publish.signing_command", SettingKind::texts},
        SettingKey{"publish.gnupg_home", SettingKind::text},
        SettingKey{"publish.remote", SettingKind::text},
    };
    return keys;
}

void read_publish(SettingsReader& reader, Settings::Publish& publish) {
    const auto name = [](const std::string& text) { return only(text, "-_."); };
    reader.text("publish.index", publish.index, is_plain_path, plain_path);
    reader.text("publish.upload_to", publish.upload_to, name,
                "the name of a section in [publish] upload_config (letters, digits, - _ .)");
    reader.text("publish.upload_config", publish.upload_config, is_hideable,
                "a file in a folder that tests need not see, such as \"/etc/dray/pypirc\"");
    reader.text("publish.index_url", publish.index_url, is_web_url,
                "an http: or https: URL without user and password");
    reader.text("publish.apt", publish.apt, is_plain_path, plain_path);
    reader.text("publish.suite", publish.suite, name, "a suite's name (letters, digits, - _ .)");
    reader.text("publish.component", publish.component, name, "a component's name (letters, digits, - _ .)");
    reader.text(
        "publish.origin", publish.origin,
        [](const std::string& text) { return !text.empty() && one_line(text); }, "one line");
    // dray-build-renew.timer looks every hour, and signs again when half of it is over.
    reader.duration("publish.valid_for", publish.valid_for, std::chrono::hours(3),
                    "a length of time of three hours or more, such as \"14d\"");
    reader.duration("publish.keep_for", publish.keep_for);
    reader.number("publish.keep", publish.keep, 0);
    reader.text("publish.signing_key", publish.signing_key, is_key, key_form);
    reader.texts("publish.also_sign_with", publish.also_sign_with, is_key, key_form);
    reader.texts("publish.signing_command", publish.signing_command, one_line,
                 "a word without control characters");
    reader.text("publish.gnupg_home", publish.gnupg_home, is_plain_path, plain_path);
    reader.text(
        "publish.remote", publish.remote,
        [](const std::string& text) { return one_line(text) && !has_password(text); },
        "a git remote without a password (keep that in a credential helper)");
}

void require_index(SettingsReader& reader, const Settings::Publish& publish, std::vector<Error>& errors) {
    if (publish.upload_to.empty())
        reader.require({"publish.index"});
    else if (!publish.index.empty())
        errors.push_back(Error("publish.index and publish.upload_to are both set", {},
                               "distributions go to a folder or to an index that takes uploads: keep one"));
    else
        reader.require({"publish.index_url"});
}

void require_archive(SettingsReader& reader, const Settings::Publish& publish) {
    reader.require({"publish.apt"});
    if (publish.signing_command.empty()) reader.require({"publish.signing_key"});
}

}  // namespace dray::builder
