// A repository that aptly(1) keeps as the place of packages.
#include "builder/aptly_archive.h"

#include "builder/apt_repository.h"
#include "builder/durable.h"
#include "builder/signer.h"
#include "builder/unsure.h"
#include "error.h"
#include "host/identity.h"

#include <nlohmann/json.hpp>
#include <spdlog/fmt/fmt.h>

#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <fstream>
#include <sstream>
#include <string_view>
#include <system_error>
#include <utility>

namespace dray::builder {
namespace fs = std::filesystem;
namespace {

constexpr auto aptly_time = std::chrono::minutes(30);  // a repository of thousands, on slow storage
constexpr auto what_to_make =
    "make it once: aptly repo create, and aptly publish repo with that distribution";

/// How aptly calls a package: "warehouse_26.9.1_all".
std::string aptly_key(const std::string& file) {
    return fs::path(file).stem().string();
}

/// What aptly said: which files it did not take it says on its output, and that there were some beside it.
std::string words_of(const host::Result& result) {
    std::string words = result.output + result.errors;
    while (words.ends_with('\n'))
        words.pop_back();
    return fmt::format("aptly: {}: {}", result.timed_out ? "timed out" : result.outcome(), words);
}

/// What a person can do about an answer of aptly's.
std::string hint_of(const host::Result& result) {
    return result.errors.find("not found") == std::string::npos ? "" : what_to_make;
}

/// What aptly's configuration file says, as text; nothing when it does not. Not by `aptly config show`:
/// passwords of what it publishes to would be in our log.
std::optional<std::string> option(const Settings& settings, const char* key) {
    std::ifstream config(settings.publish.aptly_config);
    const auto json = nlohmann::json::parse(config, nullptr, false, true);
    if (!json.is_object() || !json.contains(key)) return {};
    const auto& value = json[key];
    return value.is_string() ? value.get<std::string>() : value.dump();
}

/// Which file aptly does not write over, of its pool or of one that it publishes by copying, when it says so;
/// "" otherwise.
fs::path in_the_way(const host::Result& result) {
    constexpr std::array<std::pair<std::string_view, std::string_view>, 2> said{
        {{"unable to import into pool: file ", " already exists"},
         {"error linking file to ", ": file already exists and is different"}}};
    const std::string words = result.output + result.errors;
    for (const auto& [before, after] : said) {
        const std::size_t at = words.find(before);
        const std::size_t end = at == words.npos ? at : words.find(after, at);
        if (end != words.npos) return words.substr(at + before.size(), end - at - before.size());
    }
    return {};
}

/// Whether it has the name of one of the products, and some of its bytes: what aptly was copying when it was
/// killed, or the disk was full, keeps out the whole for ever. In its pool a digest comes before the name.
bool is_cut_copy(const fs::path& copy, const Products& products) {
    if (!fs::is_regular_file(fs::symlink_status(copy))) return false;
    const std::string there = copy.filename().string();
    return std::ranges::any_of(package_names(products), [&](const std::string& name) {
        return (there == name || there.ends_with("_" + name)) && is_beginning(copy, products.folder / name);
    });
}

}  // namespace

AptlyArchive::AptlyArchive(const host::Processes& processes, const Settings& settings,
                           const std::string& target)
    : processes_(processes),
      settings_(settings),
      repo_(suite_of_target(settings.publish.aptly_repo, target)),
      suite_(suite_of_target(settings.publish.suite, target)) {}

std::string AptlyArchive::text() const {
    return fmt::format("aptly's {}", repo_);
}

host::Command AptlyArchive::aptly(const std::vector<std::string>& words) const {
    // Between two attempts it sleeps some ten seconds.
    host::Command command{
        .argv = {"aptly", "-config=" + settings_.publish.aptly_config.string(), "-db-open-attempts=2"},
        .timeout = aptly_time};
    command.argv.insert(command.argv.end(), words.begin(), words.end());
    if (!settings_.publish.gnupg_home.empty())
        command.environment["GNUPGHOME"] = settings_.publish.gnupg_home.string();
    return command;
}

std::string AptlyArchive::run(const std::vector<std::string>& words, const std::string& attempt) const {
    const host::Result result = processes_.run(aptly(words));
    if (!result.ok()) throw Error(attempt, words_of(result), hint_of(result));
    return result.output;
}

fs::path AptlyArchive::folder() const {
    std::string text = option(settings_, "rootDir").value_or("~/.aptly");
    // aptly puts HOME there, which is of passwd(5) for whatever we run.
    if (const std::size_t home = text.find('~'); home != text.npos) {
        const auto user = host::find_user(::geteuid());
        text.replace(home, 1, user ? user->home : "/");
    }
    const fs::path root = text;
    return root.is_absolute() && fs::is_directory(root) ? root : fs::path();
}

/// The files of the package, whatever their versions.
PackageFiles AptlyArchive::files() const {
    PackageFiles files;
    const std::string attempt = fmt::format("cannot tell what {} has", text());
    nobodys_fault([&] {  // nor is it the commit's that aptly is not installed
        // It answers a question without results with an error.
        const host::Result result =
            processes_.run(aptly({"repo", "search", "-format={{.Filename}} {{.SHA256}}", repo_,
                                  fmt::format("Name (= {})", settings_.deb.package)}));
        if (!result.ok() && result.errors.find("no results") != std::string::npos) return;
        if (!result.ok()) throw Error(attempt, words_of(result), hint_of(result));
        std::istringstream lines(whole_output(result, attempt));
        for (std::string name, digest; lines >> name >> digest;)
            files[fs::path(name).filename().string()] = digest;
    });
    return files;
}

std::optional<PackageFiles> AptlyArchive::published(const Products& products) const {
    PackageFiles there = files();
    const std::vector<std::string> names = package_names(products);
    std::erase_if(there, [&](const auto& file) {
        return std::find(names.begin(), names.end(), file.first) == names.end();
    });
    return there;
}

std::vector<Version> AptlyArchive::versions() const {
    std::vector<Version> versions;
    if (settings_.deb.package.empty() || settings_.publish.aptly_repo.empty()) return versions;
    for (const auto& [name, digest] : files())
        if (const auto version = package_version(name, settings_.deb.package)) versions.push_back(*version);
    return versions;
}

void AptlyArchive::stage(const Products& products, bool) {
    products_ = products;
    const Settings::Publish& publish = settings_.publish;
    const std::string attempt =
        fmt::format("cannot publish to aptly's {} as {} in {}", repo_, suite_, publish.aptly_prefix);
    const std::string shown = run({"publish", "show", "-json", suite_, publish.aptly_prefix}, attempt);
    const auto json = nlohmann::json::parse(shown, nullptr, false);
    const bool local =
        json.is_object() && json.value("SourceKind", "") == "local" &&
        std::ranges::any_of(json.value("Sources", nlohmann::json::array()),
                            [&](const nlohmann::json& source) { return source.value("Name", "") == repo_; });
    if (!local)
        throw Error(attempt, "that publication does not show this local repository",
                    "snapshots are switched by a person; aptly publish repo shows a local repository");
    try_key();
    missing_packages(products, *published(products), text());
}

void AptlyArchive::change(const std::vector<std::string>& words, const std::string& attempt) const {
    for (;;) {
        const host::Result result = processes_.run(aptly(words));
        if (result.ok()) return;
        const fs::path copy = in_the_way(result);
        std::error_code stays;
        if (!is_cut_copy(copy, products_) || !fs::remove(copy, stays))
            throw Error(attempt, words_of(result), hint_of(result));
    }
}

void AptlyArchive::commit() {
    const std::vector<std::string> missing = missing_packages(products_, *published(products_), text());
    if (!missing.empty()) {
        std::vector<std::string> words{"repo", "add", repo_};
        for (const std::string& name : missing)
            words.push_back((products_.folder / name).string());
        try {
            change(words, fmt::format("cannot add {} to {}", missing.front(), text()));
        } catch (const Error&) {
            // What is in the repository is shown by whoever updates the publication next.
            try {
                remove(same_packages(products_, *published(products_)));
            } catch (const Error&) {
                updated_ = true;
            }
            throw;
        }
    }
    updated_ = true;
    update();
}

/// aptly asks for the signature only when the packages are in the repository; for a locked key it would have
/// gpg's agent ask somebody, by a terminal or window that there once was, and wait.
void AptlyArchive::try_key() const {
    if (option(settings_, "gpgDisableSign") == "true") return;
    // GnuPG 1 has keys of its own; where it is there, aptly takes it unless it is told otherwise.
    const std::string provider = option(settings_, "gpgProvider").value_or("");
    const bool by_default = provider.empty() || provider == "gpg";
    if (provider == "internal" || provider == "gpg1" || (by_default && fs::exists("/usr/bin/gpg1"))) return;
    clearsign(processes_, settings_.publish, "a trial\n");
}

void AptlyArchive::update() const {
    std::vector<std::string> words{"publish", "update", "-batch"};
    if (!settings_.publish.signing_key.empty()) words.push_back("-gpg-key=" + settings_.publish.signing_key);
    words.push_back(suite_);
    words.push_back(settings_.publish.aptly_prefix);
    change(words, fmt::format("cannot update the publication of {}", text()));
}

void AptlyArchive::remove(const std::vector<std::string>& names) const {
    if (names.empty()) return;
    std::vector<std::string> words{"repo", "remove", repo_};
    for (const std::string& name : names)
        words.push_back(aptly_key(name));
    run(words, fmt::format("cannot remove {} from {}", names.front(), text()));
}

void AptlyArchive::withdraw(const Products& products) {
    // What is out of aptly's repository is shown by nobody's next publication of it.
    remove(same_packages(products, *published(products)));
    try_key();
    update();  // also after a run that died in between
}

}  // namespace dray::builder
