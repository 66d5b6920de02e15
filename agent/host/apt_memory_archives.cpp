// Package files of the apt held in memory: what is downloaded, and what is kept.
#include "digest.h"
#include "host/apt_memory.h"

#include <utility>

namespace dray::host {
namespace {

/// The name of a .deb: a colon could not stand in it.
std::string deb_name(const std::string& package, const std::string& version) {
    std::string text = package + "_";
    for (const char c : version)
        text += c == ':' ? std::string("%3a") : std::string(1, c);
    return text + "_amd64.deb";
}

}  // namespace

std::string MemoryApt::content(const std::string& package, const std::string& version) const {
    const auto text = deb(package, version).content;
    return text.empty() ? package + " " + version + "\n" : text;
}

std::string MemoryApt::sha256_of(const std::string& package, const std::string& version) const {
    return sha256(content(package, version));
}

void MemoryApt::check_file(const KeptPackage& file) const {
    const std::string attempt = "cannot use the kept package " + file.path.string();
    const auto text = files_.read(file.path);
    if (!text) throw Error(attempt, "it is not there");
    if (sha256(*text) != file.sha256) throw Error(attempt, "it is not what was kept");
}

/// What is in apt's archives needs no network.
void MemoryApt::check_download(const std::string& package, const std::string& version,
                               const std::string& attempt) const {
    const auto found = archives_.find({package, version});
    const bool archived = found != archives_.end() && found->second == content(package, version);
    if (cut_ && !archived) throw RepositoryUnreachable(attempt, std::string(network_failure));
}

/// What a transaction has to have in apt's archives beside the kept files.
std::vector<std::pair<std::string, std::string>> MemoryApt::needed(const Transaction& transaction) const {
    std::vector<VersionOf> needed;
    for (const auto& [package, version] : transaction.install) {
        if (installed(package) == version) continue;
        if (!transaction.files.contains(package)) needed.emplace_back(package, version);
        const auto other = deb(package, version).depends;
        if (!other.empty()) needed.emplace_back(other, "1");
    }
    return needed;
}

void MemoryApt::download(const Transaction& transaction, const AptProgress& progress) {
    const std::string attempt = "cannot download the packages";
    if (rehearsing_) throw Error(attempt, "this is a dry run");
    throw_outdated(attempt);
    refresh();
    check(transaction, attempt);
    instants_->reach("download packages");
    for (const auto& [package, version] : needed(transaction)) {
        if (progress) progress("downloading " + package + " " + version);
        archives_[{package, version}] = content(package, version);
    }
}

KeptPackage MemoryApt::fetch(const std::string& package, const std::string& version,
                             const std::filesystem::path& folder, const AptProgress& progress) {
    const std::string attempt = "cannot keep " + package + " " + version;
    if (rehearsing_) throw Error(attempt, "this is a dry run");
    if (const auto cause = std::exchange(next_fetch_failure_, {}); !cause.empty())
        throw Error(attempt, cause);
    refresh();
    if (!offered(package, version)) throw Error(attempt, "no source has that version");
    const auto text = content(package, version);
    const KeptPackage kept{.name = package,
                           .version = version,
                           .path = folder / deb_name(package, version),
                           .sha256 = sha256(text),
                           .size = text.size()};
    if (files_.read(kept.path) == text) return kept;
    check_download(package, version, attempt);
    if (progress) progress("keeping " + kept.path.string());
    files_.write(kept.path, text, {.owner = {}, .group = {}, .mode = 0644});
    return kept;
}

}  // namespace dray::host
