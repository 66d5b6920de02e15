// A dry run's private copy of apt's lists and settings, so that the host's own stay as they are.
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

/// The host's files of one of apt's folders as links in `to`, with the rehearsal's texts for `etc` in their
/// place.
void copy_files(const host::AptRehearsal& rehearsal, const fs::path& etc, const fs::path& from,
                const fs::path& to) {
    fs::remove_all(to);
    link_files(from, to);
    for (const auto& [name, text] : rehearsal.files) {
        if (fs::path(name).parent_path() != etc) continue;
        const fs::path path = to / fs::path(name).filename();
        fs::remove(path);
        if (text.empty()) continue;
        std::ofstream file(path);
        file << text << std::flush;
        if (!file) throw Error("cannot write " + path.string(), "the disk is full or not writable");
    }
}

/// Runs `copy`, turning what std::filesystem throws into an Error.
template <typename Copy>
void copying(const host::AptRehearsal& rehearsal, Copy copy) {
    try {
        copy();
    } catch (const fs::filesystem_error& error) {
        throw Error("cannot make a private copy of apt's lists for the dry run", error.what(),
                    "free space below " + rehearsal.folder.parent_path().string());
    }
}

}  // namespace

void enter_configuration(const host::AptRehearsal& rehearsal) {
    const fs::path etc = "/etc/apt/apt.conf.d";
    const fs::path parts = rehearsal.folder / "configuration";
    copying(rehearsal, [&] { copy_files(rehearsal, etc, etc, parts); });
    _config->Set("Dir::Etc::parts", folder_text(parts));
}

void enter(const host::AptRehearsal& rehearsal) {
    const fs::path lists = rehearsal.folder / "lists";
    const fs::path sources = rehearsal.folder / "sources";
    const fs::path preferences = rehearsal.folder / "preferences";
    copying(rehearsal, [&] {
        copy_lists(lists);
        copy_files(rehearsal, "/etc/apt/sources.list.d", _config->FindDir("Dir::Etc::sourceparts"), sources);
        copy_files(rehearsal, "/etc/apt/preferences.d", _config->FindDir("Dir::Etc::preferencesparts"),
                   preferences);
    });
    _config->Set("Dir::State::lists", folder_text(lists));
    _config->Set("Dir::Etc::sourceparts", folder_text(sources));
    _config->Set("Dir::Etc::preferencesparts", folder_text(preferences));
    _config->Set("Dir::Cache::pkgcache", "");
    _config->Set("Dir::Cache::srcpkgcache", "");
}

}  // namespace dray::apt_helper
