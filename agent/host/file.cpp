// What is in the file system, read through descriptors of the parents.
#include "host/file.h"

#include "error.h"
#include "host/path_walk.h"

#include <climits>
#include <spdlog/fmt/fmt.h>

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <memory>
#include <system_error>

namespace dray::host {
namespace {

bool means_absent(int code) {
    return code == ENOENT || code == ENOTDIR;
}

/// The place of a path, or nothing when a parent is missing.
std::optional<Place> find_parent(const std::filesystem::path& path, const std::string& attempt) {
    try {
        return open_parent(path, attempt);
    } catch (const std::system_error&) {
        return std::nullopt;
    }
}

/// fstatat(2) of the place itself; nothing when there is nothing.
std::optional<struct stat> look(const Place& place, const std::string& attempt) {
    struct stat status {};
    if (::fstatat(place.parent.get(), place.name.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0) return status;
    if (means_absent(errno)) return std::nullopt;
    throw Error::system(attempt, errno);
}

FileType type_of(mode_t mode) {
    if (S_ISREG(mode)) return FileType::regular;
    if (S_ISDIR(mode)) return FileType::directory;
    return S_ISLNK(mode) ? FileType::link : FileType::other;
}

std::string read_up_to(const Descriptor& file, std::uint64_t expected, std::uint64_t limit,
                       const std::string& attempt) {
    std::string content;
    content.reserve(static_cast<std::size_t>(expected));
    std::array<char, 65536> buffer;
    // Until the end where no size is known: files in /proc say 0.
    for (;;) {
        const auto count = ::read(file.get(), buffer.data(), buffer.size());
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) throw Error::system(attempt, errno);
        if (count == 0) return content;
        content.append(buffer.data(), static_cast<std::size_t>(count));
        if (expected > 0 && content.size() == expected) return content;  // as it was when it was opened
        if (content.size() > limit) throw Error(attempt, fmt::format("it is larger than {} bytes", limit));
    }
}

/// The content of the regular file at a place; nothing when there is none any more. Throws Error when it is
/// something else by now, or larger than `limit`.
std::optional<std::string> read_regular(const Place& place, std::uint64_t limit, const std::string& attempt) {
    const Descriptor file(::openat(place.parent.get(), place.name.c_str(),
                                   O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
    if (!file && means_absent(errno)) return std::nullopt;
    struct stat status {};
    if (!file || ::fstat(file.get(), &status) != 0) throw Error::system(attempt, errno);
    if (!S_ISREG(status.st_mode)) throw Error(attempt, "it is not a regular file");
    const auto size = static_cast<std::uint64_t>(status.st_size);
    if (size > limit)
        throw Error(attempt, fmt::format("it has {} bytes, which is more than {}", size, limit));
    return read_up_to(file, size, limit, attempt);
}

}  // namespace

std::string mode_text(Mode mode) {
    return fmt::format("{:04o}", mode);
}

std::optional<FileView> Files::view(const std::filesystem::path& path, std::uint64_t limit) const {
    auto found = status(path);
    if (!found) return std::nullopt;
    FileView view{*std::move(found)};
    if (view.status.type == FileType::regular && view.status.size <= limit) view.content = read(path, limit);
    return view;
}

std::optional<FileStatus> SystemFiles::status(const std::filesystem::path& path) const {
    const std::string attempt = "cannot look at " + path.string();
    const auto place = find_parent(path, attempt);
    const auto status = place ? look(*place, attempt) : std::nullopt;
    if (!status) return std::nullopt;
    return told(*status);
}

FileStatus SystemFiles::told(const struct stat& status) const {
    return {.type = type_of(status.st_mode),
            .mode = static_cast<Mode>(status.st_mode & 07777),
            .owner = owners_.user(status.st_uid),
            .group = owners_.group(status.st_gid),
            .size = static_cast<std::uint64_t>(status.st_size),
            .modified_ns = status.st_mtim.tv_sec * 1'000'000'000 + status.st_mtim.tv_nsec,
            .inode = status.st_ino,
            .device = status.st_dev};
}

std::optional<FileView> SystemFiles::view(const std::filesystem::path& path, std::uint64_t limit) const {
    const std::string attempt = "cannot read " + path.string();
    const auto place = find_parent(path, attempt);
    const auto status = place ? look(*place, attempt) : std::nullopt;
    if (!status) return std::nullopt;
    FileView view{told(*status)};
    if (view.status.type != FileType::regular || view.status.size > limit) return view;
    view.content = read_regular(*place, limit, attempt);
    if (!view.content) return std::nullopt;
    return view;
}

std::optional<std::string> SystemFiles::read(const std::filesystem::path& path, std::uint64_t limit) const {
    const std::string attempt = "cannot read " + path.string();
    const auto place = find_parent(path, attempt);
    const auto before = place ? look(*place, attempt) : std::nullopt;
    if (!before) return std::nullopt;
    // Asked before it is opened too, since opening a device can do things already.
    if (!S_ISREG(before->st_mode)) throw Error(attempt, "it is not a regular file");
    return read_regular(*place, limit, attempt);
}

std::optional<std::filesystem::path> SystemFiles::read_link(const std::filesystem::path& path) const {
    const std::string attempt = "cannot read link " + path.string();
    const auto place = find_parent(path, attempt);
    if (!place) return std::nullopt;
    std::array<char, PATH_MAX> buffer;
    const auto size = ::readlinkat(place->parent.get(), place->name.c_str(), buffer.data(), buffer.size());
    if (size >= 0) return std::filesystem::path(buffer.begin(), buffer.begin() + size);
    if (means_absent(errno) || errno == EINVAL) return std::nullopt;  // EINVAL: it is not a link
    throw Error::system(attempt, errno);
}

std::vector<std::string> SystemFiles::list(const std::filesystem::path& folder) const {
    const std::string attempt = "cannot list " + folder.string();
    const auto place = find_parent(folder, attempt);
    if (!place || !look(*place, attempt)) return {};
    const int opened =
        ::openat(place->parent.get(), place->name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (opened < 0 && errno == ENOENT) return {};
    if (opened < 0) throw Error::system(attempt, errno);
    const std::unique_ptr<DIR, int (*)(DIR*)> listing(::fdopendir(opened), ::closedir);
    if (!listing) {
        const int code = errno;
        ::close(opened);
        throw Error::system(attempt, code);
    }
    std::vector<std::string> names;
    for (;;) {
        errno = 0;  // readdir(3) tells its end from an error by errno alone
        const dirent* const entry = ::readdir(listing.get());
        if (entry == nullptr && errno != 0) throw Error::system(attempt, errno);
        if (entry == nullptr) break;
        const std::string name = entry->d_name;
        if (name != "." && name != "..") names.push_back(name);
    }
    std::sort(names.begin(), names.end());
    return names;
}

}  // namespace dray::host
