// Which of the host's sources a version of a package comes from.
#include "apt_helper/source_files.h"

#include "apt_helper/acquire_log.h"
#include "apt_helper/library.h"

#include <apt-pkg/configuration.h>
#include <apt-pkg/indexfile.h>
#include <apt-pkg/metaindex.h>
#include <apt-pkg/sourcelist.h>

#include <algorithm>
#include <filesystem>
#include <system_error>

namespace dray::apt_helper {

SourceFiles::SourceFiles(pkgCacheFile& cache) : cache_(cache) {
    std::error_code ignored;  // a folder that is not there holds no sources
    for (const auto& entry :
         std::filesystem::directory_iterator(_config->FindDir("Dir::Etc::sourceparts"), ignored)) {
        const auto suffix = entry.path().extension();
        if (suffix != ".sources" && suffix != ".list") continue;
        pkgSourceList own;
        own.ReadAppend(entry.path());
        for (const metaIndex* index : own) {
            const auto release = index->FindInCache(*cache.GetPkgCache(), false);
            if (!release.end()) names_[release->ID].insert(entry.path().stem());
        }
    }
    take_errors();
}

bool SourceFiles::offered_by(const pkgCache::VerIterator& version,
                             const std::set<std::string>& sources) const {
    return !places(version, sources).empty();
}

std::vector<pkgCache::VerFileIterator> SourceFiles::places(const pkgCache::VerIterator& version,
                                                           const std::set<std::string>& sources) const {
    std::vector<pkgCache::VerFileIterator> found;
    for (auto place = version.FileList(); !place.end(); ++place) {
        const auto release = place.File().ReleaseFile();
        if (release.end()) continue;
        const auto names = names_.find(release->ID);
        if (names == names_.end()) continue;
        if (std::ranges::any_of(names->second, [&](const auto& name) { return sources.contains(name); }))
            found.push_back(place);
    }
    return found;
}

std::set<std::string> SourceFiles::names(const pkgCache::VerIterator& version) const {
    std::set<std::string> found;
    for (auto place = version.FileList(); !place.end(); ++place) {
        const auto release = place.File().ReleaseFile();
        const auto names = release.end() ? names_.end() : names_.find(release->ID);
        if (names != names_.end()) found.insert(names->second.begin(), names->second.end());
    }
    return found;
}

std::vector<std::string> SourceFiles::origins(const pkgCache::VerIterator& version) const {
    std::vector<std::string> texts;
    for (auto place = version.FileList(); !place.end(); ++place) {
        const auto file = place.File();
        if (file.Flagged(pkgCache::Flag::NotSource)) {
            texts.emplace_back("installed");
            continue;
        }
        pkgIndexFile* index = nullptr;
        std::string text = cache_.GetSourceList()->FindIndex(file, index) ? index->Describe(true)
                                                                          : std::string(file.FileName());
        // What apt describes begins with a URI, in which somebody may have put a password.
        const auto space = text.find(' ');
        text = public_uri(text.substr(0, space)) + (space == std::string::npos ? "" : text.substr(space));
        const auto release = file.ReleaseFile();
        const auto found = release.end() ? names_.end() : names_.find(release->ID);
        if (found != names_.end())
            for (const auto& name : found->second)
                text += " [" + name + "]";
        texts.push_back(std::move(text));
    }
    return texts;
}

}  // namespace dray::apt_helper
