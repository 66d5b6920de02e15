// Folders that programs of other people have filled.
#include "builder/foreign_tree.h"

#include "error.h"
#include "host/descriptor.h"

#include <spdlog/fmt/fmt.h>

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace dray::builder {
namespace fs = std::filesystem;
namespace {

constexpr mode_t own_bits = S_IRWXU | S_IRGRP | S_IXGRP | S_IROTH | S_IXOTH;  // 0755

void take_over_one(const fs::path& path) {
    const std::string attempt = fmt::format("cannot take over {}", path.string());
    struct stat status {};
    if (::lstat(path.c_str(), &status) != 0) throw Error::system(attempt, errno);
    const bool file = S_ISREG(status.st_mode);
    if (!file && !S_ISDIR(status.st_mode) && !S_ISLNK(status.st_mode))
        throw Error(attempt, "it is neither file, folder nor link");
    if (file && status.st_nlink > 1) throw Error(attempt, "the file has a second name");
    if (::lchown(path.c_str(), ::geteuid(), ::getegid()) != 0) throw Error::system(attempt, errno);
    if (!S_ISLNK(status.st_mode) && ::chmod(path.c_str(), status.st_mode & own_bits) != 0)
        throw Error::system(attempt, errno);
}

struct CloseFolder {
    void operator()(DIR* folder) const { ::closedir(folder); }
};

std::vector<std::string> names_in(int folder, const std::string& attempt) {
    host::Descriptor copy(::openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    const std::unique_ptr<DIR, CloseFolder> listing(copy ? ::fdopendir(copy.get()) : nullptr);
    if (!listing) throw Error::system(attempt, errno);
    copy.release();  // the listing's by now
    std::vector<std::string> names;
    for (;;) {
        errno = 0;
        const dirent* const entry = ::readdir(listing.get());
        if (!entry && errno != 0) throw Error::system(attempt, errno);
        if (!entry) return names;
        const std::string name(static_cast<const char*>(entry->d_name));
        if (name != "." && name != "..") names.push_back(name);
    }
}

/// Whether it was a file, a link or an empty folder, or is gone.
bool remove_one(int folder, const std::string& name, const std::string& attempt) {
    if (::unlinkat(folder, name.c_str(), 0) == 0 || errno == ENOENT) return true;
    if (errno != EISDIR && errno != EPERM) throw Error::system(attempt, errno);
    if (::unlinkat(folder, name.c_str(), AT_REMOVEDIR) == 0) return true;
    if (errno != ENOTEMPTY && errno != EEXIST) throw Error::system(attempt, errno);
    return false;
}

}  // namespace

void take_over(const fs::path& tree) {
    take_over_one(tree);
    for (const auto& entry : fs::recursive_directory_iterator(tree))
        take_over_one(entry.path());
}

void remove_tree(const fs::path& path) {
    const std::string attempt = fmt::format("cannot remove {}", path.string());
    if (remove_one(AT_FDCWD, path.string(), attempt)) return;
    const host::Descriptor top(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (!top) throw Error::system(attempt, errno);
    // Whatever has something in it moves up to the top, so that two descriptors do for any depth.
    std::vector<std::string> folders;
    for (const std::string& name : names_in(top.get(), attempt))
        if (!remove_one(top.get(), name, attempt)) folders.push_back(name);
    for (std::size_t moved = 0; !folders.empty();) {
        const std::string name = std::move(folders.back());
        folders.pop_back();
        const host::Descriptor folder(
            ::openat(top.get(), name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
        if (!folder) throw Error::system(attempt, errno);
        for (const std::string& inner : names_in(folder.get(), attempt)) {
            if (remove_one(folder.get(), inner, attempt)) continue;
            std::string free_name;
            do
                free_name = fmt::format("removed-{}", ++moved);
            while (::faccessat(top.get(), free_name.c_str(), F_OK, AT_SYMLINK_NOFOLLOW) == 0);
            if (::renameat(folder.get(), inner.c_str(), top.get(), free_name.c_str()) != 0)
                throw Error::system(attempt, errno);
            folders.push_back(std::move(free_name));
        }
        if (::unlinkat(top.get(), name.c_str(), AT_REMOVEDIR) != 0) throw Error::system(attempt, errno);
    }
    if (::rmdir(path.c_str()) != 0) throw Error::system(attempt, errno);
}

}  // namespace dray::builder
