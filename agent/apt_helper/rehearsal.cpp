// A dry run's private copy of apt's lists and sources, so that the host's own stay as they are.
#include "apt_helper/rehearsal.h"

#include "error.h"

#include <apt-pkg/configuration.h>

#include <filesystem>
#include <fstream>

namespace dray::apt_helper {
namespace {

namespace fs = std::filesystem;

/// Links to the regular files in `from`, except to the lock, put into the new folder `to`.
void link_files(const fs::path& from, const fs::path& to) {
    fs::create_directory(to);
    if (!fs::exists(from)) return;
    for (const auto& entry : fs::directory_iterator(from)) {
        if (!entry.is_regular_file() || entry.path().filename() == "lock") continue;
        fs::create_symlink(fs::absolute(entry.path()), to / entry.path().filename());
    }
}

/// libapt reads a folder's name only with the slash.
std::string folder_text(const fs::path& folder) {
    return folder.string() + "/";
}

void copy_lists(const fs::path& lists) {
    if (fs::exists(lists)) return;
    link_files(_config->FindDir("Dir::State::lists"), lists);
    // Made here, as libapt makes it only below Dir::State. It gives it to its download user itself.
    fs::create_directory(lists / "partial");
}

void copy_sources(const fs::path& sources, const std::map<std::string, std::string>& texts) {
    fs::remove_all(sources);
    link_files(_config->FindDir("Dir::Etc::sourceparts"), sources);
    for (const auto& [name, text] : texts) {
        const fs::path path = sources / (name + ".sources");
        fs::remove(path);
        if (text.empty()) continue;
        std::ofstream file(path);
        file << text << std::flush;
        if (!file) throw Error("cannot write " + path.string(), "the disk is full or not writable");
    }
}

}  // namespace

void enter(const host::AptRehearsal& rehearsal) {
    const fs::path lists = rehearsal.folder / "lists";
    const fs::path sources = rehearsal.folder / "sources";
    try {
        copy_lists(lists);
        copy_sources(sources, rehearsal.sources);
    } catch (const fs::filesystem_error& error) {
        throw Error("cannot make a private copy of apt's lists for the dry run", error.what(),
                    "free space below " + rehearsal.folder.parent_path().string());
    }
    _config->Set("Dir::State::lists", folder_text(lists));
    _config->Set("Dir::Etc::sourceparts", folder_text(sources));
    _config->Set("Dir::Cache::pkgcache", "");
    _config->Set("Dir::Cache::srcpkgcache", "");
}

}  // namespace dray::apt_helper
