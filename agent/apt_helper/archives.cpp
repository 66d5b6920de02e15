// The folder in which apt keeps the packages that it has downloaded.
#include "apt_helper/archives.h"

#include "apt_helper/archive_copy.h"
#include "apt_helper/library.h"

#include <apt-pkg/configuration.h>
#include <apt-pkg/strutl.h>
#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <functional>
#include <map>
#include <optional>
#include <system_error>
#include <utility>

namespace dray::apt_helper {
namespace {

namespace fs = std::filesystem;

/// "warehouse" of "warehouse:amd64".
std::string bare_name(const std::string& name) {
    return name.substr(0, name.find(':'));
}

/// What a file's name says that it is, NAME_VERSION_ARCH.deb; nothing when it is not named so.
std::optional<ArchivedPackage> named(const fs::path& file, const std::string& package) {
    const std::string stem = file.stem();
    const auto first = stem.find('_');
    const auto last = stem.rfind('_');
    if (file.extension() != ".deb" || first == last || stem.substr(0, first) != file_text(package)) return {};
    return ArchivedPackage{.file = file,
                           .version = DeQuoteString(stem.substr(first + 1, last - first - 1)),
                           .architecture = stem.substr(last + 1)};
}

}  // namespace

std::string file_text(std::string_view text) {
    return QuoteString(std::string(text), "_:");
}

fs::path archive_file(const pkgCache::VerIterator& version) {
    return archives_folder() / archive_name(version.ParentPkg().Name(), version.VerStr(), version.Arch());
}

std::vector<ArchivedPackage> archived_packages(const std::string& name, const std::string& version) {
    const auto own = bare_name(name);
    const auto architecture = own == name ? _config->Find("APT::Architecture") : name.substr(own.size() + 1);
    std::multimap<fs::file_time_type, ArchivedPackage, std::greater<>> found;
    std::error_code ignored;  // a folder that is not there holds no packages
    for (const auto& entry : fs::directory_iterator(archives_folder(), ignored)) {
        auto package = named(entry.path(), own);
        if (!package || !entry.is_regular_file() || (!version.empty() && package->version != version))
            continue;
        if (package->architecture != "all" && package->architecture != architecture) continue;
        found.emplace(entry.last_write_time(), std::move(*package));
    }
    std::vector<ArchivedPackage> packages;
    for (auto& [date, package] : found)
        packages.push_back(std::move(package));
    return packages;
}

void prune_archives(const std::vector<host::AptChange>& changes) {
    std::map<std::string, std::vector<std::string>>
        kept;  // beginnings of files' names, by that of the package
    for (const auto& change : changes) {
        const auto package = file_text(bare_name(change.name)) + "_";
        for (const auto& version : {change.from, change.to})
            if (!version.empty()) kept[package].push_back(package + file_text(version) + "_");
    }
    std::error_code code;
    for (const auto& entry : fs::directory_iterator(archives_folder(), code)) {
        const std::string name = entry.path().filename();
        if (!name.ends_with(".deb") || !entry.is_regular_file()) continue;
        const auto found = kept.find(name.substr(0, name.find('_') + 1));
        if (found == kept.end()) continue;
        if (std::ranges::any_of(found->second, [&](const auto& start) { return name.starts_with(start); }))
            continue;
        std::error_code failure;
        fs::remove(entry.path(), failure);
        say(failure ? fmt::format("warning: cannot remove {}: {}", entry.path().string(), failure.message())
                    : "removed " + entry.path().string());
    }
    if (code) say(fmt::format("warning: cannot read {}: {}", archives_folder().string(), code.message()));
}

}  // namespace dray::apt_helper
