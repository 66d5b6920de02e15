// Which conffiles a transaction left as the administrator had made them, and which it replaced.
#include "apt_helper/conffiles.h"

#include "apt_helper/library.h"
#include "apt_helper/lock.h"

#include <apt-pkg/fileutl.h>
#include <apt-pkg/hashes.h>
#include <apt-pkg/tagfile.h>

#include <filesystem>
#include <sstream>

namespace dray::apt_helper {
namespace {

// What has none, "newconffile" say, is of a package that dpkg has not configured yet.
constexpr std::size_t md5_digits = 32;

/// Reads " /etc/x 0123…" or " /etc/x 0123… obsolete" of dpkg's field Conffiles.
void read_line(const std::string& line, std::map<std::string, std::string>& recorded) {
    const auto path = line.find('/');
    const auto space = line.find(' ', path);
    if (path == std::string::npos || space == std::string::npos) return;
    const auto rest = line.substr(space + 1);
    const auto end = rest.find(' ');
    if (end != std::string::npos) return;  // "obsolete": the package does not bring it any more
    if (rest.size() != md5_digits) return;
    recorded[line.substr(path, space - path)] = rest;
}

std::map<std::string, std::string> read_records() {
    std::map<std::string, std::string> recorded;
    FileFd file(dpkg_folder() / "status", FileFd::ReadOnly);
    pkgTagFile stanzas(&file);
    for (pkgTagSection stanza; stanzas.Step(stanza);) {
        std::istringstream lines(stanza.FindS("Conffiles"));
        for (std::string line; std::getline(lines, line);)
            read_line(line, recorded);
    }
    take_errors();
    return recorded;
}

/// The MD5 sum, which is what dpkg records; "" when there is no file.
std::string hash_of(const std::string& path) {
    if (!std::filesystem::is_regular_file(path)) return {};
    FileFd file(path, FileFd::ReadOnly);
    Hashes hashes(Hashes::MD5SUM);
    if (!file.IsOpen() || !hashes.AddFD(file)) fail("cannot read conffile " + path);
    const auto all = hashes.GetHashStringList();
    const HashString* const md5 = all.find("MD5Sum");
    return md5 != nullptr ? md5->HashValue() : std::string();
}

}  // namespace

ConffileWatch::ConffileWatch(bool contents) : recorded_(read_records()) {
    if (!contents) return;
    for (const auto& [path, hash] : recorded_) {
        auto content = hash_of(path);
        if (content != hash) contents_.emplace(path, std::move(content));
    }
}

void ConffileWatch::tell(host::TransactionResult& result) const {
    for (const auto& [path, hash] : read_records()) {
        const auto before = recorded_.find(path);
        if (before != recorded_.end() && before->second == hash) continue;
        if (hash_of(path) != hash)
            result.kept_conffiles.push_back(path);
        else if (const auto content = contents_.find(path);
                 content != contents_.end() && content->second != hash)
            result.replaced_conffiles.push_back(path);
    }
}

}  // namespace dray::apt_helper
