// A file or link that is made beside its final place and moved there whole.
#include "host/file_temporary.h"

#include "error.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <memory>
#include <random>
#include <string_view>
#include <utility>

namespace dray::host {
namespace {

constexpr std::string_view marker = ".dray-";
constexpr std::size_t random_letters = 6;
constexpr std::size_t name_limit = 255;  // NAME_MAX of every file system that Debian installs on
constexpr int attempts = 100;            // 36^6 names: the second attempt is rare already

/// ".NAME.dray-", cut where the file system's limit for names needs it.
std::string prefix_for(const std::string& name) {
    return "." + name.substr(0, name_limit - 1 - marker.size() - random_letters) + std::string(marker);
}

std::string random_name(const std::string& name) {
    constexpr std::string_view letters = "abcdefghijklmnopqrstuvwxyz0123456789";
    std::random_device device;
    std::uniform_int_distribution<std::size_t> pick(0, letters.size() - 1);
    std::string text = prefix_for(name);
    for (std::size_t i = 0; i < random_letters; ++i)
        text += letters[pick(device)];
    return text;
}

/// Whether the writer of this leftover is gone. Links are not written to, so they cannot be locked either:
/// one that is seen at all comes from a run that was killed in the instant before its rename.
bool abandoned(const Descriptor& folder, const char* name) {
    struct stat status {};
    if (::fstatat(folder.get(), name, &status, AT_SYMLINK_NOFOLLOW) != 0) return false;
    if (S_ISLNK(status.st_mode)) return true;
    if (!S_ISREG(status.st_mode)) return false;
    const Descriptor file(::openat(folder.get(), name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
    return file && ::flock(file.get(), LOCK_EX | LOCK_NB) == 0;
}

/// A folder that cannot be listed keeps its leftovers: they harm nobody, and the write itself may still work.
void remove_leftovers(const Descriptor& folder, const std::string& name) {
    const int copy = ::openat(folder.get(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    const std::unique_ptr<DIR, int (*)(DIR*)> listing(copy >= 0 ? ::fdopendir(copy) : nullptr, ::closedir);
    if (!listing) return;
    const std::string prefix = prefix_for(name);
    while (const dirent* const entry = ::readdir(listing.get())) {
        const std::string_view found = entry->d_name;
        if (found.size() == prefix.size() + random_letters && found.substr(0, prefix.size()) == prefix &&
            abandoned(folder, entry->d_name))
            ::unlinkat(folder.get(), entry->d_name, 0);
    }
}

}  // namespace

Descriptor open_folder(const Place& place, const std::string& attempt) {
    Descriptor folder(::openat(place.parent.get(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!folder) throw Error::system(attempt, errno);
    return folder;
}

void sync_folder(const Descriptor& folder, const std::string& attempt) {
    if (::fsync(folder.get()) != 0 && errno != EINVAL) throw Error::system(attempt, errno);
}

Temporary::Temporary(const Place& place, const std::string& attempt)
    : place_(place), attempt_(attempt), folder_(open_folder(place, attempt)) {
    remove_leftovers(folder_, place.name);
}

Temporary::Temporary(Temporary&& other) noexcept
    : place_(other.place_),
      attempt_(other.attempt_),
      folder_(std::move(other.folder_)),
      file_(std::move(other.file_)),
      name_(std::exchange(other.name_, {})) {}

Temporary::~Temporary() {
    if (!name_.empty()) ::unlinkat(folder_.get(), name_.c_str(), 0);
}

bool Temporary::create_file() {
    const std::string name = random_name(place_.name);
    file_.reset(
        ::openat(folder_.get(), name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
    if (!file_ && errno == EEXIST) return false;
    if (!file_) throw Error::system(attempt_, errno);
    name_ = name;
    // Another writer may have taken this file for a leftover before it was locked: then a new one is made.
    struct stat status {};
    if (::flock(file_.get(), LOCK_EX | LOCK_NB) == 0 && ::fstat(file_.get(), &status) == 0 &&
        status.st_nlink > 0)
        return true;
    name_.clear();
    return false;
}

Temporary Temporary::file(const Place& place, const std::string& attempt) {
    Temporary made(place, attempt);
    for (int i = 0; i < attempts; ++i)
        if (made.create_file()) return made;
    throw Error::system(attempt, EEXIST);
}

Temporary Temporary::link(const Place& place, const std::string& target, const std::string& attempt) {
    Temporary made(place, attempt);
    for (int i = 0; i < attempts; ++i) {
        const std::string name = random_name(place.name);
        if (::symlinkat(target.c_str(), made.folder_.get(), name.c_str()) == 0) {
            made.name_ = name;
            return made;
        }
        if (errno != EEXIST) throw Error::system(attempt, errno);
    }
    throw Error::system(attempt, EEXIST);
}

void Temporary::commit() {
    rename();
    sync_folder(folder_, attempt_);
}

void Temporary::rename() {
    if (::renameat(folder_.get(), name_.c_str(), folder_.get(), place_.name.c_str()) != 0)
        throw Error::system(attempt_, errno);
    name_.clear();
}

}  // namespace dray::host
