// From a path to a descriptor of its parent.
#include "host/path_walk.h"

#include "error.h"
#include "host/identity.h"

#include <climits>

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <deque>
#include <system_error>
#include <utility>

namespace dray::host {
namespace {

constexpr int link_limit = 40;  // as the kernel's; path_resolution(7)

std::vector<std::string> split(const std::string& path) {
    std::vector<std::string> parts;
    for (std::size_t begin = 0; begin < path.size();) {
        const auto end = std::min(path.find('/', begin), path.size());
        const auto part = path.substr(begin, end - begin);
        if (!part.empty() && part != ".") parts.push_back(part);
        begin = end + 1;
    }
    return parts;
}

[[noreturn]] void fail(const std::string& attempt, int code) {
    if (code == ENOENT || code == ENOTDIR) throw std::system_error(code, std::generic_category());
    throw Error::system(attempt, code);
}

Descriptor open_root(const std::string& attempt) {
    Descriptor root(::open("/", O_PATH | O_DIRECTORY | O_CLOEXEC));
    if (!root) throw Error::system(attempt, errno);
    return root;
}

/// Opens a folder on whose way there is no symbolic link at all, in one call; nothing when there is one, or
/// when the kernel does not know openat2(2) or a sandbox forbids it: then it has to be walked to.
Descriptor open_without_links(const std::string& folder, const std::string& attempt) {
    open_how how{};
    how.flags = O_PATH | O_DIRECTORY | O_CLOEXEC;
    how.resolve = RESOLVE_NO_SYMLINKS;
    Descriptor opened(static_cast<int>(::syscall(SYS_openat2, AT_FDCWD, folder.c_str(), &how, sizeof(how))));
    // Whatever stands before the missing part has been passed already, so that no link leads elsewhere.
    if (!opened && (errno == ENOENT || errno == ENOTDIR)) fail(attempt, errno);
    return opened;
}

std::string target_of(const Descriptor& link, const std::string& attempt) {
    std::array<char, PATH_MAX> buffer;
    const auto size = ::readlinkat(link.get(), "", buffer.data(), buffer.size());
    if (size < 0) fail(attempt, errno);
    if (size == 0) fail(attempt, ENOENT);
    return std::string(buffer.data(), static_cast<std::size_t>(size));
}

void refuse_planted(const struct stat& link, const std::string& name, const std::filesystem::path& path,
                    const std::string& attempt) {
    if (link.st_uid == 0 || link.st_uid == ::geteuid()) return;
    throw Error(
        attempt,
        "'" + name + "' in " + path.string() + " is a symbolic link of user " + user_text(link.st_uid),
        "dray follows only links that belong to root; see who made this one, and remove it");
}

}  // namespace

std::vector<std::string> components(const std::filesystem::path& path, const std::string& attempt) {
    const std::string& text = path.native();
    if (text.find('\0') != std::string::npos) throw Error(attempt, "the path has a zero byte in it");
    if (text.empty() || text.front() != '/') throw Error(attempt, "the path does not begin with /");
    auto parts = split(text);
    for (const auto& part : parts)
        if (part == "..") throw Error(attempt, "the path has '..' in it", "write the path without '..'");
    return parts;
}

Place open_parent(const std::filesystem::path& path, const std::string& attempt) {
    const auto parts = components(path, attempt);
    std::string folder = parts.size() <= 1 ? "/" : "";
    for (std::size_t i = 0; i + 1 < parts.size(); ++i)
        folder += "/" + parts[i];
    Place place{open_without_links(folder, attempt), parts.empty() ? "." : parts.back()};
    if (place.parent) return place;
    place.parent = open_root(attempt);
    if (parts.size() <= 1) return place;
    std::deque<std::string> pending(parts.begin(), parts.end() - 1);
    int links = 0;
    while (!pending.empty()) {
        const std::string name = std::move(pending.front());
        pending.pop_front();
        Descriptor next(::openat(place.parent.get(), name.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC));
        if (!next) fail(attempt, errno);
        struct stat status {};
        if (::fstat(next.get(), &status) != 0) fail(attempt, errno);
        if (S_ISLNK(status.st_mode)) {
            refuse_planted(status, name, path, attempt);
            if (++links > link_limit) fail(attempt, ELOOP);
            const std::string target = target_of(next, attempt);
            const auto more = split(target);
            pending.insert(pending.begin(), more.begin(), more.end());
            if (target.front() == '/') place.parent = open_root(attempt);
        } else if (S_ISDIR(status.st_mode)) {
            place.parent = std::move(next);
        } else {
            fail(attempt, ENOTDIR);
        }
    }
    return place;
}

}  // namespace dray::host
