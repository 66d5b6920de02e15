// [publish] of the settings.
#include "builder/settings_publish.h"

#include "builder/git.h"
#include "builder/settings_rules.h"

#include <spdlog/fmt/fmt.h>

#include <array>
#include <string>

namespace dray::builder {

std::span<const SettingKey> publish_keys() {
    static constexpr std::array keys{
        SettingKey{"publish.index", SettingKind::text},
        SettingKey{"publish.upload_to", SettingKind::text},
        SettingKey{"publish.upload_config", SettingKind::text},
        SettingKey{"publish.index_url", SettingKind::text},
        SettingKey{"publish.archive", SettingKind::text},
        SettingKey{"publish.apt", SettingKind::text},
        SettingKey{"publish.aptly_config", SettingKind::text},
        SettingKey{"publish.aptly_repo", SettingKind::text},
        SettingKey{"publish.aptly_prefix", SettingKind::text},
        SettingKey{"publish.reprepro_folder", SettingKind::text},
        SettingKey{"publish.dput_config", SettingKind::text},
        SettingKey{"publish.dput_host", SettingKind::text},
        SettingKey{"publish.archive_command", SettingKind::texts},
        SettingKey{"publish.list_command", SettingKind::texts},
        SettingKey{"publish.withdraw_command", SettingKind::texts},
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

namespace {

constexpr std::string_view plain_word = "a word without control characters";

/// Which archives a key is for; the others of the section are for all.
struct ArchiveKey {
    std::string_view key;
    std::string_view archives;
};

constexpr std::array archive_keys{
    ArchiveKey{"publish.apt", "built-in"},
    ArchiveKey{"publish.origin", "built-in"},
    ArchiveKey{"publish.valid_for", "built-in"},
    ArchiveKey{"publish.keep_for", "built-in"},
    ArchiveKey{"publish.keep", "built-in"},
    ArchiveKey{"publish.also_sign_with", "built-in"},
    ArchiveKey{"publish.component", "built-in, reprepro"},
    ArchiveKey{"publish.signing_key", "built-in, aptly, dput"},
    ArchiveKey{"publish.signing_command", "built-in, dput"},
    ArchiveKey{"publish.aptly_config", "aptly"},
    ArchiveKey{"publish.aptly_repo", "aptly"},
    ArchiveKey{"publish.aptly_prefix", "aptly"},
    ArchiveKey{"publish.reprepro_folder", "reprepro"},
    ArchiveKey{"publish.dput_config", "dput"},
    ArchiveKey{"publish.dput_host", "dput"},
    ArchiveKey{"publish.archive_command", "command"},
    ArchiveKey{"publish.list_command", "command"},
    ArchiveKey{"publish.withdraw_command", "command"},
};

void refuse_keys_of_others(SettingsReader& reader, const std::string& archive) {
    for (const auto& [key, archives] : archive_keys)
        if (archives.find(archive) == archives.npos)
            reader.refuse(
                key, fmt::format("is of no use for the archive \"{}\"", archive),
                fmt::format("[publish] archive says where packages go; this key is for {}", archives));
}

/// Where packages go.
void read_archive(SettingsReader& reader, Settings::Publish& publish) {
    const auto name = [](const std::string& text) { return only(text, "-_.") && !text.starts_with('-'); };
    const auto word = [](const std::string& text) { return one_line(text); };
    constexpr std::string_view hideable = "a file in a folder that tests need not see, such as ";
    std::string archive = publish.archive;
    reader.text(
        "publish.archive", archive,
        [](const std::string& text) {
            return text == "built-in" || text == "aptly" || text == "reprepro" || text == "dput" ||
                   text == "command";
        },
        "\"built-in\", \"aptly\", \"reprepro\", \"dput\" or \"command\"");
    publish.archive = archive;
    reader.text("publish.apt", publish.apt, is_plain_path, plain_path);
    reader.text("publish.aptly_config", publish.aptly_config, is_hideable,
                fmt::format("{}\"/etc/dray/aptly.conf\"", hideable));
    reader.text("publish.aptly_repo", publish.aptly_repo, name,
                "the name of a local repository (letters, digits, - _ .)");
    reader.text(
        "publish.aptly_prefix", publish.aptly_prefix,
        [](const std::string& text) { return only(text, "-_./:") && !text.starts_with('-'); },
        "a prefix as aptly publish takes it, such as \"debian\" or \"s3:bucket:debian\"");
    reader.text("publish.reprepro_folder", publish.reprepro_folder, is_plain_path, plain_path);
    reader.text("publish.dput_config", publish.dput_config, is_hideable,
                fmt::format("{}\"/etc/dray/dput.cf\"", hideable));
    reader.text("publish.dput_host", publish.dput_host, name,
                "the name of a section in [publish] dput_config (letters, digits, - _ .)");
    reader.command("publish.archive_command", publish.archive_command, word, plain_word);
    reader.command("publish.list_command", publish.list_command, word, plain_word);
    reader.command("publish.withdraw_command", publish.withdraw_command, word, plain_word);
    refuse_keys_of_others(reader, archive);
}

}  // namespace

void read_publish(SettingsReader& reader, Settings::Publish& publish) {
    const auto name = [](const std::string& text) { return only(text, "-_."); };
    reader.text("publish.index", publish.index, is_plain_path, plain_path);
    reader.text("publish.upload_to", publish.upload_to, name,
                "the name of a section in [publish] upload_config (letters, digits, - _ .)");
    reader.text("publish.upload_config", publish.upload_config, is_hideable,
                "a file in a folder that tests need not see, such as \"/etc/dray/pypirc\"");
    reader.text("publish.index_url", publish.index_url, is_web_url,
                "an http: or https: URL without user and password");
    read_archive(reader, publish);
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
    reader.command("publish.signing_command", publish.signing_command, one_line, plain_word);
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
    if (publish.archive == "aptly") reader.require({"publish.aptly_repo"});
    if (publish.archive == "reprepro") reader.require({"publish.reprepro_folder"});
    if (publish.archive == "dput") reader.require({"publish.dput_host"});
    if (publish.archive == "command") reader.require({"publish.archive_command"});
    if (publish.archive != "built-in") return;
    reader.require({"publish.apt"});
    if (publish.signing_command.empty()) reader.require({"publish.signing_key"});
    if (!publish.signing_command.empty() && !publish.also_sign_with.empty())
        reader.refuse("publish.also_sign_with", "is of no use beside [publish] signing_command",
                      "what signs is that command: let it sign with both keys");
}

}  // namespace dray::builder
