// Changes of the file system, each whole or not at all.
#include "error.h"
#include "host/file.h"
#include "host/file_temporary.h"
#include "host/identity.h"
#include "host/path_walk.h"

#include <spdlog/fmt/fmt.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace dray::host {
namespace {

constexpr mode_t permission_bits = 07777;

/// As open_parent, for changes: a missing parent is an Error like any other.
Place existing_parent(const std::filesystem::path& path, const std::string& attempt) {
    try {
        return open_parent(path, attempt);
    } catch (const std::system_error& error) {
        throw Error::system(
            attempt, error.code().value(),
            "its parent folder is not there; create that first, with a directory resource (parents = true "
            "makes all that are missing)");
    }
}

std::optional<struct stat> look_at(const Place& place, const std::string& attempt) {
    struct stat status {};
    if (::fstatat(place.parent.get(), place.name.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0) return status;
    if (errno == ENOENT) return std::nullopt;
    throw Error::system(attempt, errno);
}

/// What may be replaced by a rename: a file or a link. A device or socket is there for a reason.
void refuse_to_replace(const std::optional<struct stat>& status, const std::string& attempt) {
    if (!status || S_ISREG(status->st_mode) || S_ISLNK(status->st_mode)) return;
    if (S_ISDIR(status->st_mode)) throw Error::system(attempt, EISDIR);
    throw Error(attempt, "what is there is neither a file nor a link", "remove it by hand if it may go");
}

struct Numbers {
    uid_t uid;
    gid_t gid;
};

/// The numbers of an ownership; where it names nobody, `kept`.
Numbers numbers_of(const Ownership& ownership, Numbers kept, const std::string& attempt) {
    return {ownership.owner.empty() ? kept.uid : user_number(ownership.owner, attempt),
            ownership.group.empty() ? kept.gid : group_number(ownership.group, attempt)};
}

/// What a new entry belongs to when nobody is named: us, whatever a set-group-ID folder would make of it.
Numbers ours() {
    return {::geteuid(), ::getegid()};
}

/// Sets owner, group and mode of an open file where they differ, so that without a difference no right is
/// needed. Owner first: chown(2) clears the set-user-ID bits. `descriptor` may have been opened with O_PATH,
/// which fchmod(2) refuses; its name in /proc leads to the same inode.
void apply_ownership(int descriptor, Numbers wanted, Mode mode, const std::string& attempt) {
    struct stat status {};
    if (::fstat(descriptor, &status) != 0) throw Error::system(attempt, errno);
    const bool owned = status.st_uid == wanted.uid && status.st_gid == wanted.gid;
    if (!owned && ::fchownat(descriptor, "", wanted.uid, wanted.gid, AT_EMPTY_PATH) != 0)
        throw Error::system(attempt, errno, ::geteuid() == 0 ? "" : "only root can give files away");
    if (owned && (status.st_mode & permission_bits) == mode) return;
    const std::string inode = "/proc/self/fd/" + std::to_string(descriptor);
    if (::chmod(inode.c_str(), mode) != 0) throw Error::system(attempt, errno);
}

Descriptor open_entry(const Place& place, int flags, const std::string& attempt) {
    Descriptor entry(
        ::openat(place.parent.get(), place.name.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC | flags));
    if (!entry) throw Error::system(attempt, errno);
    return entry;
}

/// Makes a folder that is not there yet; one whose ownership cannot be set is taken away again.
void make_new_folder(const Place& place, const Ownership& ownership, const std::string& attempt) {
    const Numbers numbers = numbers_of(ownership, ours(), attempt);
    const Descriptor folder = open_folder(place, attempt);
    // Closed to others until it belongs to its owner.
    if (::mkdirat(place.parent.get(), place.name.c_str(), 0700) != 0) throw Error::system(attempt, errno);
    try {
        const Descriptor made = open_entry(place, O_DIRECTORY, attempt);
        apply_ownership(made.get(), numbers, ownership.mode, attempt);
    } catch (const Error&) {
        ::unlinkat(place.parent.get(), place.name.c_str(), AT_REMOVEDIR);
        throw;
    }
    sync_folder(folder, attempt);
}

void make_missing_parents(const std::filesystem::path& path, const std::string& attempt) {
    const auto parts = components(path, attempt);
    std::filesystem::path parent = "/";
    for (std::size_t i = 0; i + 1 < parts.size(); ++i) {
        parent /= parts[i];
        const Place place = existing_parent(parent, attempt);
        if (!look_at(place, attempt))
            make_new_folder(place, Ownership{.owner = {}, .group = {}, .mode = 0755}, attempt);
    }
}

/// The new file, whole and with its ownership, beside the one that it is to replace.
Temporary written_beside(const Place& place, std::string_view content, const Ownership& ownership,
                         bool synced, const std::string& attempt) {
    const auto before = look_at(place, attempt);
    refuse_to_replace(before, attempt);
    const bool replaces_file = before && S_ISREG(before->st_mode);
    const Numbers kept = replaces_file ? Numbers{before->st_uid, before->st_gid} : ours();
    const Numbers numbers = numbers_of(ownership, kept, attempt);
    Temporary file = Temporary::file(place, attempt);
    // One that takes another's place before it has blocks is given them by ext4, and sent to the disk, while
    // the rename waits: ext4(5), auto_da_alloc. A file system that cannot give them ahead loses that time
    // alone.
    if (!synced) ::fallocate(file.descriptor(), 0, 0, static_cast<off_t>(content.size()));
    // Only then open to others: until here it has mode 0600 and is ours.
    write_all(file.descriptor(), content, attempt);
    apply_ownership(file.descriptor(), numbers, ownership.mode, attempt);
    return file;
}

}  // namespace

void SystemFiles::write(const std::filesystem::path& path, std::string_view content,
                        const Ownership& ownership) {
    const std::string attempt = "cannot write " + path.string();
    const Place place = existing_parent(path, attempt);
    Temporary file = written_beside(place, content, ownership, true, attempt);
    if (::fsync(file.descriptor()) != 0) throw Error::system(attempt, errno);
    file.commit();
}

void SystemFiles::write_unsynced(const std::filesystem::path& path, std::string_view content,
                                 const Ownership& ownership) {
    const std::string attempt = "cannot write " + path.string();
    const Place place = existing_parent(path, attempt);
    written_beside(place, content, ownership, false, attempt).rename();
}

void SystemFiles::set_ownership(const std::filesystem::path& path, const Ownership& ownership) {
    const std::string attempt = "cannot set owner and mode of " + path.string();
    const Place place = existing_parent(path, attempt);
    const Descriptor entry = open_entry(place, 0, attempt);
    struct stat status {};
    if (::fstat(entry.get(), &status) != 0) throw Error::system(attempt, errno);
    if (!S_ISREG(status.st_mode) && !S_ISDIR(status.st_mode))
        throw Error(attempt, "it is neither a file nor a folder");
    apply_ownership(entry.get(), numbers_of(ownership, {status.st_uid, status.st_gid}, attempt),
                    ownership.mode, attempt);
}

void SystemFiles::make_directory(const std::filesystem::path& path, const Ownership& ownership,
                                 bool parents) {
    const std::string attempt = "cannot make folder " + path.string();
    if (parents) make_missing_parents(path, attempt);
    const Place place = existing_parent(path, attempt);
    const auto before = look_at(place, attempt);
    if (before && !S_ISDIR(before->st_mode)) throw Error::system(attempt, EEXIST);
    if (before)
        set_ownership(path, ownership);
    else
        make_new_folder(place, ownership, attempt);
}

void SystemFiles::make_link(const std::filesystem::path& path, const std::filesystem::path& target,
                            const Ownership& ownership) {
    const std::string attempt = "cannot make link " + path.string();
    const std::string& text = target.native();
    if (text.empty() || text.find('\0') != std::string::npos)
        throw Error(attempt, "its target is not a path");
    const Place place = existing_parent(path, attempt);
    refuse_to_replace(look_at(place, attempt), attempt);
    const Numbers numbers = numbers_of(ownership, ours(), attempt);
    Temporary link = Temporary::link(place, text, attempt);
    const bool owned = numbers.uid == ::geteuid() && numbers.gid == ::getegid();
    if (!owned && ::fchownat(place.parent.get(), link.name().c_str(), numbers.uid, numbers.gid,
                             AT_SYMLINK_NOFOLLOW) != 0)
        throw Error::system(attempt, errno, ::geteuid() == 0 ? "" : "only root can give files away");
    link.commit();
}

void SystemFiles::write_in_place(const std::filesystem::path& path, std::string_view text) {
    const std::string attempt = "cannot write into " + path.string();
    const Place place = existing_parent(path, attempt);
    const auto before = look_at(place, attempt);
    if (!before) throw Error::system(attempt, ENOENT);
    // Asked before it is opened too, since opening a device can do things already.
    if (!S_ISREG(before->st_mode)) throw Error(attempt, "it is not a regular file");
    const Descriptor file(::openat(place.parent.get(), place.name.c_str(),
                                   O_WRONLY | O_TRUNC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
    if (!file) throw Error::system(attempt, errno);
    const auto count = ::write(file.get(), text.data(), text.size());
    if (count < 0) throw Error::system(attempt, errno);
    if (static_cast<std::size_t>(count) != text.size())
        throw Error(attempt, "only the beginning of the text was taken");
}

void SystemFiles::reserve(const std::filesystem::path& path, std::uint64_t size) {
    const std::string attempt = fmt::format("cannot keep {} MB free as {}", size / 1'000'000, path.string());
    const Place place = existing_parent(path, attempt);
    const auto before = look_at(place, attempt);
    if (before && !S_ISREG(before->st_mode)) throw Error(attempt, "it is not a regular file");
    const auto there = before ? static_cast<std::uint64_t>(before->st_size) : 0;
    if (there >= size) return;
    const Descriptor folder = open_folder(place, attempt);
    struct statvfs space {};
    if (::fstatvfs(folder.get(), &space) != 0) throw Error::system(attempt, errno);
    if (size - there > std::uint64_t{space.f_bavail} * space.f_frsize / 2)
        throw Error::system(attempt, ENOSPC, "as much has to be left for others");
    const Descriptor file(::openat(place.parent.get(), place.name.c_str(),
                                   O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0600));
    if (!file) throw Error::system(attempt, errno);
    if (const int code = ::posix_fallocate(file.get(), 0, static_cast<off_t>(size)); code != 0) {
        ::unlinkat(place.parent.get(), place.name.c_str(), 0);
        throw Error::system(attempt, code);
    }
    sync_folder(folder, attempt);
}

void SystemFiles::remove(const std::filesystem::path& path) {
    const std::string attempt = "cannot remove " + path.string();
    Place place;
    try {
        place = open_parent(path, attempt);
    } catch (const std::system_error&) {
        return;  // without its parent it is not there either
    }
    const auto status = look_at(place, attempt);
    if (!status) return;
    const Descriptor folder = open_folder(place, attempt);
    const int flags = S_ISDIR(status->st_mode) ? AT_REMOVEDIR : 0;
    if (::unlinkat(place.parent.get(), place.name.c_str(), flags) != 0 && errno != ENOENT)
        throw Error::system(attempt, errno,
                            errno == ENOTEMPTY ? "it holds files that dray did not make" : "");
    sync_folder(folder, attempt);
}

}  // namespace dray::host
