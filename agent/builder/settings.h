// What dray-build is told: dray-build.toml of the service, over which the build host's own file wins key by
// key.
#pragma once

#include "builder/version.h"
#include "error.h"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace dray::builder {

/// Everything that can be set, with its defaults. dray-build(1) explains each key.
struct Settings {
    struct Service {
        std::string name;  ///< the Python distribution's name
        std::string branch = "master";
        bool recipes = false;  ///< kind = "recipes": no Python, but recipes for hosts
    } service;
    struct Recipes {
        std::filesystem::path folder = "recipes";  ///< in the repository; each recipe is a folder in it
    } recipes;
    struct Test {
        std::vector<std::string> command;  ///< empty: no tests
        std::chrono::seconds timeout = std::chrono::minutes(10);
        std::string user = "nobody";  ///< whom the tests run as when dray-build is root
        /// Of address space for each process; 0 is no limit, and nothing is default_memory_mib().
        std::optional<std::int64_t> memory_mib;
        std::int64_t processes = 2048;  ///< of that user at the same time
        bool network = false;           ///< whether the tests see any but a loopback of their own
    } test;
    struct Build {
        std::string user = "nobody";  ///< whom all that was pushed is built as when dray-build is root
        std::chrono::seconds timeout =
            std::chrono::minutes(30);            ///< of each step: an extension takes minutes
        std::optional<std::int64_t> memory_mib;  ///< as of the tests
        std::int64_t processes = 2048;           ///< likewise
        std::vector<std::string> visible;  ///< what tests and builds see beside the system's own folders
    } build;
    struct Python {
        std::filesystem::path interpreter = "/usr/bin/python3";
        std::filesystem::path requirements = "requirements.txt";  ///< inside the repository
        std::vector<std::string> wheelhouses;
        bool no_index = true;
        std::filesystem::path pip_config;  ///< of an index with a password; empty: pip knows of none
        bool only_wheels = false;          ///< a dependency that has only an sdist is an error
        bool twine_check = true;  ///< where twine is installed, what it finds in the metadata fails the build
    } python;
    struct Deb {
        std::string package;
        std::filesystem::path prefix;
        std::string maintainer;
        std::string description;
        std::vector<std::string> depends;
        std::vector<std::string> imports;     ///< modules the smoke test imports; empty: those of the wheel
        std::filesystem::path overlay;        ///< folder in the repository whose files go below /; or empty
        std::filesystem::path recipe;         ///< folder in the repository; empty: no recipe travels along
        std::optional<Version> schema_floor;  ///< see Products
        std::vector<std::string> targets;     ///< codenames; empty: the build host's own distribution
        bool lintian = true;                  ///< where lintian is installed, its errors fail the build
    } deb;
    struct Release {
        std::string identity = "dray-build <dray-build@localhost>";
        std::string signing_key;  ///< of tags; empty: they are not signed
    } release;
    struct Host {
        std::filesystem::path state;  ///< empty: the default of state_folder()
        std::vector<std::string> announce;
        std::filesystem::path webhook_file;  ///< holds the URL that a result is posted to; or empty
        std::string order = "each";          ///< of pushes that came during a run: "each" or "newest"
        std::chrono::seconds retry_after = std::chrono::minutes(5);  ///< after a result that is unknown
        std::chrono::seconds git_timeout =
            std::chrono::minutes(10);      ///< of each command: a large first clone over a slow line
        std::vector<std::string> secrets;  ///< files whose content must not be in a package
        std::chrono::seconds renew_roots_after = std::chrono::days(7);
    } host;
    /// Where the root tree of a target comes from.
    struct Target {
        std::vector<std::string> mirrors;   ///< URLs or lines of sources.list(5); empty: as the host's own
        std::filesystem::path keyring;      ///< empty: the distribution's
        std::vector<std::string> packages;  ///< beside those that every service needs
    };
    std::map<std::string, Target> targets;  ///< by codename
    struct Publish {
        std::filesystem::path index;  ///< a folder; or what follows
        std::string upload_to;        ///< a section of `upload_config`: the index that takes uploads
        std::filesystem::path upload_config = "/etc/dray/pypirc";
        std::string index_url;             ///< where clients of that index look: its simple pages
        std::string archive = "built-in";  ///< where packages go: or "aptly", "reprepro", "dput", "command"
        std::filesystem::path apt;         ///< built-in: the repository's folder
        std::filesystem::path aptly_config = "/etc/dray/aptly.conf";
        std::string aptly_repo;                 ///< a local repository
        std::string aptly_prefix = ".";         ///< what it is published below; the distribution is `suite`
        std::filesystem::path reprepro_folder;  ///< its base directory; the codename is `suite`
        std::filesystem::path dput_config = "/etc/dray/dput.cf";
        std::string dput_host;                      ///< a section of `dput_config`
        std::vector<std::string> archive_command;   ///< see CommandArchive; and what follows
        std::vector<std::string> list_command;      ///< empty: what is there cannot be told
        std::vector<std::string> withdraw_command;  ///< empty: nothing can be taken back
        std::string suite = "stable";
        std::string component = "main";
        std::string origin = "dray";
        std::chrono::seconds valid_for = std::chrono::days(14);
        std::chrono::seconds keep_for = std::chrono::days(2);  ///< what clients may still ask for by hash
        std::int64_t keep = 0;  ///< versions of a package that stay in the suite; 0 is all
        std::string signing_key;
        std::vector<std::string> also_sign_with;   ///< further keys, while hosts change from one to another
        std::vector<std::string> signing_command;  ///< in place of gpg
        std::filesystem::path gnupg_home;          ///< empty: gpg's own default
        std::string remote;                        ///< empty: the repository that was built from
    } publish;
};

/// Which part of the settings a verb cannot do without.
enum class Need {
    nothing,     ///< whatever is there
    repository,  ///< what the place of the packages needs
    version,     ///< [service]
    dist,        ///< and [python]
    deb,         ///< and [deb]
    publish,     ///< [service], [deb], [publish]
    release,     ///< all
};

/// One file's text and the name that errors give it.
struct SettingsText {
    std::string file;
    std::string text;
};

/// Every error of the settings, found in one go.
class SettingsErrors : public std::runtime_error {
  public:
    /// `errors` has one at least.
    explicit SettingsErrors(std::vector<Error> errors);
    const std::vector<Error>& errors() const { return errors_; }

  private:
    std::vector<Error> errors_;
};

/// Reads the service's file and the build host's (either may be missing) and checks them.
/// Throws SettingsErrors with every unknown key, wrong type, bad value and missing key, each with file and
/// line; of a text that is no TOML the first error only, as cpptoml stops there.
Settings read_settings(const std::optional<SettingsText>& service, const std::optional<SettingsText>& host,
                       Need need);

/// The release branch that the texts name, or the default; errors elsewhere in them do not matter here.
/// For a hook, which has to know whether a push concerns it at all.
std::string release_branch(const std::optional<SettingsText>& service,
                           const std::optional<SettingsText>& host);

/// A Python distribution's name in the normal form of PEP 503: "My.Service_x" is "my-service-x".
std::string normal_name(std::string_view name);

}  // namespace dray::builder
