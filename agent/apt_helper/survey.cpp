// What apt's answers rest on, told to the agent so that a later run can do without apt.
#include "apt_helper/survey.h"

#include "apt_helper/library.h"
#include "apt_helper/obstacles.h"
#include "error.h"
#include "host/helper_paths.h"
#include "host/openpgp_dates.h"

#include <apt-pkg/configuration.h>
#include <apt-pkg/init.h>
#include <apt-pkg/metaindex.h>
#include <apt-pkg/sourcelist.h>
#include <spdlog/fmt/fmt.h>

#include <dlfcn.h>

#include <cstdlib>
#include <fstream>
#include <optional>
#include <set>
#include <sstream>
#include <system_error>
#include <utility>

namespace dray::apt_helper {
namespace {

namespace fs = std::filesystem;
using host::AptWatched;

/// Where sqv, which verifies signatures from apt 3.0 on, is told what to take. Source: apt's methods/sqv.cc.
constexpr const char* sqv_policies[] = {"/etc/crypto-policies/back-ends/apt-sequoia.config",
                                        "/var/lib/crypto-config/profiles/current/apt-sequoia.config",
                                        "/usr/share/apt/default-sequoia.config"};

std::string read_text(const fs::path& path) {
    std::ifstream file(path, std::ios::binary);
    if (!file) throw Error("cannot read " + path.string(), "it cannot be opened");
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
}

/// The keyrings that a Signed-By names; nothing when its keys are to be found among all that apt trusts, or
/// stand in it.
std::vector<fs::path> named_keyrings(const std::string& signed_by) {
    std::vector<fs::path> files;
    std::istringstream words(signed_by);
    for (std::string word; std::getline(words, word, ',');)
        if (word.starts_with('/')) files.emplace_back(word);
    return files;
}

bool holds_keys(const std::string& signed_by) {
    return signed_by.find("-----BEGIN PGP") != std::string::npos;
}

std::vector<fs::path> trusted_keyrings() {
    std::vector<fs::path> files;
    const fs::path file = _config->FindFile("Dir::Etc::trusted");
    if (fs::exists(file)) files.push_back(file);
    std::error_code ignored;  // a folder that is not there holds no keyrings
    for (const auto& entry : fs::directory_iterator(_config->FindDir("Dir::Etc::trustedparts"), ignored)) {
        const auto suffix = entry.path().extension();
        if (suffix == ".gpg" || suffix == ".asc") files.push_back(entry.path());
    }
    return files;
}

std::set<fs::path> all_named_keyrings() {
    std::set<fs::path> files;
    pkgSourceList all;
    if (!all.ReadMainList()) fail("cannot read apt's sources");
    take_errors();
    for (const metaIndex* index : all)
        for (auto& file : named_keyrings(index->GetSignedBy()))
            files.insert(std::move(file));
    return files;
}

/// The file that libapt was loaded from.
fs::path library_file() {
    Dl_info found{};
    if (::dladdr(reinterpret_cast<const void*>(&pkgInitSystem), &found) == 0 || found.dli_fname == nullptr)
        return {};
    std::error_code gone;
    return fs::canonical(found.dli_fname, gone);
}

/// What fetches, verifies and chooses: a newer one may do it otherwise. Source: apt's contrib/gpgv.cc and
/// methods/sqv.cc.
AptWatched programs() {
    AptWatched found{.subject = "apt's programs",
                     .paths = {host::apt_helper_path, "/usr/bin/apt-key", "/usr/bin/gpgv", "/usr/bin/gpgv-sq",
                               "/usr/bin/sqv"}};
    const fs::path methods = _config->FindDir("Dir::Bin::methods");
    for (const char* const method : {"copy", "file", "gpgv", "http", "https", "rred", "sqv", "store"})
        found.paths.push_back(methods / method);
    for (const char* const option : {"Apt::Key::gpgvcommand", "Dir::Bin::apt-key"})
        if (const std::string own = _config->Find(option); own.starts_with('/')) found.paths.emplace_back(own);
    if (const auto library = library_file(); !library.empty()) found.paths.push_back(library);
    return found;
}

std::vector<AptWatched> what_to_watch() {
    const auto file = [](const char* option) { return fs::path(_config->FindFile(option)); };
    const auto folder = [](const char* option) { return fs::path(_config->FindDir(option)); };
    const fs::path dpkg = file("Dir::State::status").parent_path();
    AptWatched configuration{.subject = "apt's configuration",
                             .by_content = true,
                             .paths = {file("Dir::Etc::main"), folder("Dir::Etc::parts")}};
    if (const char* const own = std::getenv("APT_CONFIG")) configuration.paths.emplace_back(own);
    AptWatched keyrings{.subject = "the keyrings",
                        .by_content = true,
                        .paths = {file("Dir::Etc::trusted"), folder("Dir::Etc::trustedparts")}};
    for (const char* const policy : sqv_policies)
        keyrings.paths.emplace_back(policy);
    for (const auto& keyring : all_named_keyrings())
        keyrings.paths.push_back(keyring);
    return {
        configuration,
        keyrings,
        {.subject = "apt's sources",
         .by_content = true,
         .paths = {file("Dir::Etc::sourcelist"), folder("Dir::Etc::sourceparts")}},
        {.subject = "apt's passwords", .paths = {file("Dir::Etc::netrc"), folder("Dir::Etc::netrcparts")}},
        {.subject = std::string(host::apt_lists_subject), .paths = {folder("Dir::State::lists")}},
        {.subject = "apt's preferences",
         .by_content = true,
         .of_choice = true,
         .paths = {file("Dir::Etc::preferences"), folder("Dir::Etc::preferencesparts")}},
        {.subject = std::string(host::automatic_subject),
         .of_choice = true,
         .paths = {file("Dir::State::extended_states")}},
        {.subject = std::string(host::dpkg_status_subject),
         .of_choice = true,
         .paths = {file("Dir::State::status"), dpkg / "updates"}},
        // Of each architecture there are lists to fetch.
        {.subject = "dpkg's architectures", .by_content = true, .paths = {dpkg / "arch"}},
        programs(),
        {.subject = "the machine ID", .by_content = true, .of_choice = true, .paths = {"/etc/machine-id"}},
    };
}

/// When time alone may change what libapt says of a release. What has passed already did not keep libapt from
/// taking it.
void add_dates(const RefreshedRelease& release, std::set<std::int64_t>& dates) {
    const auto add = [&dates](const std::string& text) {
        for (const auto date : host::openpgp_dates(text))
            dates.insert(date);
    };
    dates.insert(release.valid_until);
    if (release.valid_until == 0) dates.insert(release.warned_from.begin(), release.warned_from.end());
    add(read_text(release.file));
    if (holds_keys(release.signed_by)) return add(release.signed_by);
    auto keyrings = named_keyrings(release.signed_by);
    if (keyrings.empty()) keyrings = trusted_keyrings();
    for (const auto& keyring : keyrings)
        add(read_text(keyring));
}

std::string release_obstacle(const RefreshedRelease& release) {
    if (auto found = uri_obstacle(release.uri); !found.empty()) return found;
    if (!fs::is_regular_file(release.file)) return "there is no InRelease file at " + release.uri;
    return {};
}

}  // namespace

void Survey::begin(const std::vector<RefreshedRelease>& releases) {
    try {
        survey_.watched = what_to_watch();
        survey_.obstacle = configuration_obstacle();
        for (const auto& release : releases) {
            if (survey_.obstacle.empty()) survey_.obstacle = release_obstacle(release);
            if (!survey_.obstacle.empty()) return;
            std::set<std::int64_t> dates;
            add_dates(release, dates);
            const auto next = dates.upper_bound(std::time(nullptr));
            survey_.releases.push_back({.uri = release.uri,
                                        .file = release.file,
                                        .sources = release.sources,
                                        .holds_until = next == dates.end() ? 0 : *next});
        }
        const auto found = host::settled_fingerprint(survey_.watched);
        survey_.digests = found.digests;
        if (found.newest_by_content >= begun_) survey_.obstacle = "files of apt changed while it read them";
    } catch (const Error& error) {
        survey_.obstacle = error.what();
    }
}

host::AptSurvey Survey::end() {
    if (survey_.obstacle.empty()) {
        try {
            const auto now = host::apt_fingerprint(survey_.watched).digests;
            if (now != survey_.digests) survey_.obstacle = "apt's lists changed while they were read";
        } catch (const Error& error) {
            survey_.obstacle = error.what();
        }
    }
    return std::move(survey_);
}

}  // namespace dray::apt_helper
