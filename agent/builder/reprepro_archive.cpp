// A repository that reprepro(1) keeps as the place of packages.
#include "builder/reprepro_archive.h"

#include "builder/apt_repository.h"
#include "builder/durable.h"
#include "builder/file_digest.h"
#include "builder/reprepro_lock.h"
#include "builder/reprepro_settings.h"
#include "builder/signer.h"
#include "builder/unsure.h"
#include "error.h"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <chrono>
#include <sstream>

namespace dray::builder {
namespace fs = std::filesystem;
namespace {

constexpr auto described_in = "conf/distributions";
constexpr auto reprepro_time = std::chrono::minutes(30);  // a repository of thousands, on slow storage

/// Where the pool is.
fs::path out_folder(const fs::path& base) {
    const std::string configured = reprepro_option(base, "outdir");
    return configured.empty() ? base : fs::path(configured);
}

}  // namespace

RepreproArchive::RepreproArchive(const host::Processes& processes, const Settings& settings,
                                 const std::string& target)
    : processes_(processes),
      settings_(settings),
      suite_(suite_of_target(settings.publish.suite, target)),
      replaced_(suite_of_target("replaced", target)) {}

std::string RepreproArchive::text() const {
    return fmt::format("reprepro's {}", settings_.publish.reprepro_folder.string());
}

fs::path RepreproArchive::folder() const {
    const fs::path& base = settings_.publish.reprepro_folder;
    return fs::exists(base / described_in) ? base : fs::path();
}

std::string RepreproArchive::run(std::vector<std::string> words, const std::string& attempt) const {
    const Settings::Publish& publish = settings_.publish;
    if (folder().empty())
        throw Error(attempt, fmt::format("there is no {}", (publish.reprepro_folder / described_in).string()),
                    "[publish] reprepro_folder is the base directory; reprepro(1) says what that file has");
    host::Command command{
        .argv = {"reprepro", "--basedir", publish.reprepro_folder.string(), "--waitforlock", "1"},
        .timeout = reprepro_time};
    command.argv.insert(command.argv.end(), words.begin(), words.end());
    if (!publish.gnupg_home.empty()) command.environment["GNUPGHOME"] = publish.gnupg_home.string();
    RepreproLock lock(publish.reprepro_folder);
    try {
        const host::Result result = processes_.check(command, attempt);
        lock.ended();
        return whole_output(result, attempt);
    } catch (const Error& error) {
        const std::string& cause = error.parts().cause;
        if (cause.starts_with("reprepro: exit status")) lock.ended();  // and not killed, see host::Result
        if (cause.find("lock file") == std::string::npos) throw;
        throw Error(attempt, cause,
                    "when no reprepro runs there, one was killed, and its lock file is to be removed");
    }
}

std::map<std::string, RepreproArchive::Listed> RepreproArchive::listed() const {
    std::map<std::string, Listed> files;
    // reprepro 5.3 says that the files lie in the base directory wherever they do.
    const fs::path out = out_folder(settings_.publish.reprepro_folder);
    nobodys_fault([&] {
        std::istringstream lines(
            run({"--list-format", "${$filekey} ${SHA256}\\n", "--type", "deb", "--component",
                 settings_.publish.component, "list", suite_, settings_.deb.package},
                fmt::format("cannot tell what {} has", text())));
        for (std::string file, digest; lines >> file >> digest;)
            files[fs::path(file).filename().string()] = {out / file, digest};
    });
    return files;
}

std::optional<PackageFiles> RepreproArchive::published(const Products& products) const {
    const auto files = listed();
    PackageFiles there;
    for (const std::string& name : package_names(products))
        if (const auto found = files.find(name); found != files.end())
            there[name] =
                fs::exists(found->second.place) ? file_sha256(found->second.place) : found->second.digest;
    return there;
}

std::vector<Version> RepreproArchive::versions() const {
    std::vector<Version> versions;
    if (settings_.deb.package.empty() || settings_.publish.reprepro_folder.empty()) return versions;
    for (const auto& [name, file] : listed())
        if (const auto version = package_version(name, settings_.deb.package)) versions.push_back(*version);
    return versions;
}

bool RepreproArchive::superseded(const Products& products) const {
    return std::ranges::any_of(versions(),
                               [&](const Version& version) { return products.version < version; });
}

void RepreproArchive::stage(const Products& products, bool) {
    products_ = products;
    missing_packages(products, *published(products), text());
    keep_replaced(products);
    // The key, the disk: what fails here fails before anything is visible.
    export_suite();
}

/// reprepro would have the agent ask for the passphrase, by a terminal or window that somebody once had, and
/// wait. Whatever else is wrong with the key it says itself.
void RepreproArchive::refuse_locked_key() const {
    const fs::path& base = settings_.publish.reprepro_folder;
    auto keys = reprepro_keys(base, suite_);
    if (!keys) return;
    Settings::Publish trial;
    const std::string home = reprepro_option(base, "gnupghome");
    trial.gnupg_home = home.empty() ? settings_.publish.gnupg_home : fs::path(home);
    if (!keys->empty()) {
        trial.signing_key = keys->front();
        trial.also_sign_with.assign(keys->begin() + 1, keys->end());
    }
    try {
        clearsign(processes_, trial, "a trial\n");
    } catch (const Error& error) {
        if (tells_of_locked_key(error)) throw;
    }
}

void RepreproArchive::export_suite() const {
    refuse_locked_key();
    run({"export", suite_}, fmt::format("cannot export {} of {}", suite_, text()));
}

/// Never removes what an earlier run has kept: that may be the only copy.
void RepreproArchive::keep_replaced(const Products& products) const {
    const std::vector<std::string> own = package_names(products);
    for (const auto& [name, file] : listed()) {
        // What is damaged there cannot come back, and is no reason to keep a newer one out.
        const bool whole = fs::exists(file.place) && file_sha256(file.place) == file.digest;
        if (whole && std::find(own.begin(), own.end(), name) == own.end())
            place_file(file.place, products.folder / replaced_ / name);
    }
}

void RepreproArchive::include(const fs::path& deb, const std::string& exported) const {
    if (exported != "never") refuse_locked_key();
    forget_lost(deb.filename());
    run({"--export=" + exported, "--component", settings_.publish.component, "includedeb", suite_,
         deb.string()},
        fmt::format("cannot include {} in {}", deb.filename().string(), text()));
}

void RepreproArchive::commit() {
    const std::vector<std::string> missing = missing_packages(products_, *published(products_), text());
    for (const std::string& name : missing)
        include(products_.folder / name, "changed");
    // A run that died may have left the indices behind.
    if (missing.empty()) {
        heal();
        export_suite();
    }
    // It leaves out what is older than what it has, and says that all is well.
    const auto left = missing_packages(products_, *published(products_), text());
    if (!left.empty())
        throw Error(fmt::format("cannot include {} in {}", left.front(), text()),
                    fmt::format("reprepro has left it out: {} may have a newer version", suite_),
                    fmt::format("reprepro list {} {} shows it", suite_, settings_.deb.package));
}

void RepreproArchive::heal() const {
    const std::string attempt = fmt::format("cannot mend what a killed reprepro has left in {}", text());
    try {
        run({"check", suite_}, attempt);
    } catch (const Error&) {
        // It writes down the files that are missing, and fails for the references that are, which come next.
    }
    run({"rereference", suite_}, attempt);
}

bool RepreproArchive::may_be_visible() const {
    try {
        return !published(products_)->empty();
    } catch (const Error&) {
        return true;
    }
}

void RepreproArchive::withdraw(const Products& products) {
    refuse_locked_key();
    heal();
    // Clients see one change, and all that they may ask for until then lies in the pool.
    for (const std::string& name : same_packages(products, *published(products))) {
        const std::size_t begin = name.find('_');
        const std::size_t end = name.find('_', begin + 1);
        run({"--export=never", "--keepunreferencedfiles", "removefilter", suite_,
             fmt::format("Package (== {}), $Version (== {})", name.substr(0, begin),
                         name.substr(begin + 1, end - begin - 1))},
            fmt::format("cannot remove {} from {}", name, text()));
    }
    const auto there = listed();
    std::error_code none;
    for (const auto& kept : fs::directory_iterator(products.folder / replaced_, none)) {
        const std::string name = kept.path().filename().string();
        // What begins with a dot is a copy that was cut off.
        if (!name.starts_with('.') && !there.contains(name)) include(kept.path(), "never");
    }
    export_suite();
    remove_from_pool(products);
}

/// The files of its database that no distribution lists, as it names them.
std::vector<std::string> RepreproArchive::unreferenced() const {
    std::vector<std::string> keys;
    std::istringstream lines(
        run({"dumpunreferenced"}, fmt::format("cannot tell what is left in the pool of {}", text())));
    for (std::string key; std::getline(lines, key);)
        keys.push_back(key);
    return keys;
}

/// A run that died between the removal of a file and the note of that leaves one that reprepro takes for
/// there: it would list it again, and not copy it.
void RepreproArchive::forget_lost(const fs::path& name) const {
    const fs::path out = out_folder(settings_.publish.reprepro_folder);
    std::vector<std::string> words{"deleteifunreferenced"};
    for (const std::string& key : unreferenced())
        if (fs::path(key).filename() == name && !fs::exists(out / key)) words.push_back(key);
    if (words.size() > 1)
        run(words, fmt::format("cannot have {} forget {}, which is lost", text(), words.back()));
}

/// Those files that no distribution lists, also after a run that died before they were listed or removed.
void RepreproArchive::remove_from_pool(const Products& products) const {
    const fs::path out = out_folder(settings_.publish.reprepro_folder);
    const std::vector<std::string> names = package_names(products);
    std::vector<std::string> words{"deleteifunreferenced"};
    for (const std::string& key : unreferenced()) {
        const fs::path name = fs::path(key).filename();
        if (std::ranges::find(names, name.string()) != names.end() && fs::exists(out / key) &&
            same_content(out / key, products.folder / name))
            words.push_back(key);
    }
    if (words.size() > 1)
        run(words, fmt::format("cannot remove {} from the pool of {}", words.back(), text()));
}

void RepreproArchive::tidy(const Products& products) {
    fs::remove_all(products.folder / replaced_);
}

}  // namespace dray::builder
