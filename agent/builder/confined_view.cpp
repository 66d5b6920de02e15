// The file system as a confined program sees it.
#include "builder/confined_view.h"

#include "error.h"
#include "host/descriptor.h"

#include <spdlog/fmt/fmt.h>

#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <string>
#include <utility>

namespace dray::builder {
namespace fs = std::filesystem;
namespace {

// Any folder that each system has; it is covered within this namespace alone.
constexpr auto first_place = "/tmp";
constexpr auto scratch_options = "mode=1777,size=256m";  // large things have a lent folder and TMPDIR
constexpr std::array shown_devices{"null", "zero", "full", "random", "urandom"};
constexpr std::array shown_device_links{
    std::pair{"fd", "/proc/self/fd"}, std::pair{"stdin", "/proc/self/fd/0"},
    std::pair{"stdout", "/proc/self/fd/1"}, std::pair{"stderr", "/proc/self/fd/2"},
    std::pair{"ptmx", "pts/ptmx"}};

[[noreturn]] void cannot_show(const fs::path& path) {
    throw Error::system(fmt::format("cannot show {} to a confined program", path.string()), errno,
                        "confined programs need Linux 5.12, and root's rights to mount");
}

void set_mount_attributes(const host::Descriptor& mount, std::uint64_t attributes, unsigned flags,
                          const fs::path& path) {
    struct mount_attr change {};
    change.attr_set = attributes;
    if (::mount_setattr(mount.get(), "", AT_EMPTY_PATH | flags, &change, sizeof change) != 0)
        cannot_show(path);
}

/// A copy of what is mounted there, nowhere attached yet: open_tree(2).
host::Descriptor clone_tree(const fs::path& path, unsigned recursive) {
    return host::Descriptor(
        ::open_tree(AT_FDCWD, path.c_str(), OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | recursive));
}

/// What a path is to show, as long as the old root is there.
struct ShownTree {
    host::Descriptor tree;
    std::string link;  ///< of a system folder: where it leads
    bool folder = true;
};

bool is_file(int descriptor, const fs::path& path) {
    struct stat status {};
    if (::fstat(descriptor, &status) != 0) cannot_show(path);
    return !S_ISDIR(status.st_mode);
}

ShownTree shown_tree(const Seen& seen) {
    ShownTree source;
    constexpr std::uint64_t quiet = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV;
    switch (seen.kind) {
        case Seen::Kind::system: {
            std::error_code error;
            if (fs::is_symlink(seen.from, error)) {
                source.link = fs::read_symlink(seen.from).string();
                return source;
            }
            if (!fs::is_directory(seen.from, error)) return source;
            source.tree = clone_tree(seen.from, AT_RECURSIVE);
            break;
        }
        case Seen::Kind::readable:
            source.tree = clone_tree(seen.from, AT_RECURSIVE);
            break;
        case Seen::Kind::writable:
            source.tree = clone_tree(seen.from, 0);
            if (!source.tree) cannot_show(seen.from);
            set_mount_attributes(source.tree, quiet, 0, seen.from);
            return source;
        default:
            return source;
    }
    if (!source.tree) cannot_show(seen.from);
    set_mount_attributes(source.tree, quiet | MOUNT_ATTR_RDONLY, AT_RECURSIVE, seen.from);
    source.folder = !is_file(source.tree.get(), seen.from);
    return source;
}

/// The view while it is made: a file system in memory.
class MadeView {
  public:
    MadeView() {
        if (::mount("dray", first_place, "tmpfs", MS_NOSUID | MS_NODEV, "mode=0755,size=4m") != 0)
            cannot_show(first_place);
        root_ = host::Descriptor(::open(first_place, O_PATH | O_DIRECTORY | O_CLOEXEC));
        if (!root_) cannot_show(first_place);
    }

    void show(const Seen& seen, const ShownTree& source) {
        switch (seen.kind) {
            case Seen::Kind::system:
                if (!source.link.empty()) {
                    if (::symlinkat(source.link.c_str(), root_.get(), seen.to.relative_path().c_str()) != 0)
                        cannot_show(seen.to);
                } else if (source.tree) {
                    attach(source, seen.to);
                }
                return;
            case Seen::Kind::readable:
            case Seen::Kind::writable:
                attach(source, seen.to);
                return;
            case Seen::Kind::hidden:
                hide(seen.to);
                return;
            case Seen::Kind::scratch:
                in_memory(seen.to, MS_NOSUID | MS_NODEV, scratch_options);
                return;
            case Seen::Kind::processes:
                mount_at(seen.to, "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, nullptr);
                return;
            case Seen::Kind::devices:
                show_devices(seen.to);
                return;
        }
    }

    /// Leaves the old root for it.
    void enter() {
        for (const fs::path& path : read_only_later_) {
            const host::Descriptor top = reopen(path);
            if (!top) cannot_show(path);
            set_mount_attributes(top, MOUNT_ATTR_RDONLY, 0, path);
        }
        set_mount_attributes(root_, MOUNT_ATTR_RDONLY, 0, "/");
        // The trick of pivot_root(2), NOTES: the new root is put on the old one, which is then taken away.
        if (::fchdir(root_.get()) != 0 || ::syscall(SYS_pivot_root, ".", ".") != 0 ||
            ::umount2(".", MNT_DETACH) != 0 || ::chdir("/") != 0)
            cannot_show("/");
    }

  private:
    /// The folder of `path`, made where it is missing; nothing, and errno, when that cannot be.
    host::Descriptor parent(const fs::path& path, bool make) const {
        host::Descriptor folder(::openat(root_.get(), ".", O_PATH | O_DIRECTORY | O_CLOEXEC));
        for (const fs::path& part : path.parent_path().relative_path()) {
            if (make && ::mkdirat(folder.get(), part.c_str(), 0755) != 0 && errno != EEXIST && errno != EROFS)
                return {};
            const int next =
                ::openat(folder.get(), part.c_str(), O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
            if (next < 0) return {};
            folder.reset(next);
        }
        return folder;
    }

    host::Descriptor reopen(const fs::path& path) const {
        const host::Descriptor folder = parent(path, false);
        return host::Descriptor(
            folder ? ::openat(folder.get(), path.filename().c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC) : -1);
    }

    /// Where something can be put: a folder, or a file; made where it is missing.
    host::Descriptor make(const fs::path& path, bool is_folder) const {
        const host::Descriptor folder = parent(path, true);
        if (!folder) cannot_show(path);
        const std::string name = path.filename().string();
        if (is_folder) {
            if (::mkdirat(folder.get(), name.c_str(), 0755) != 0 && errno != EEXIST && errno != EROFS)
                cannot_show(path);
        } else {
            const host::Descriptor file(::openat(folder.get(), name.c_str(),
                                                 O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644));
            if (!file && errno != EEXIST && errno != EROFS) cannot_show(path);
        }
        host::Descriptor made(::openat(folder.get(), name.c_str(),
                                       O_PATH | O_NOFOLLOW | O_CLOEXEC | (is_folder ? O_DIRECTORY : 0)));
        if (!made) cannot_show(path);
        return made;
    }

    void attach(const ShownTree& source, const fs::path& path) const {
        const host::Descriptor place = make(path, source.folder);
        if (::move_mount(source.tree.get(), "", place.get(), "",
                         MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH) != 0)
            cannot_show(path);
    }

    void mount_on(const host::Descriptor& place, const fs::path& path, const char* type, unsigned long flags,
                  const char* options) const {
        if (::fchdir(place.get()) != 0 || ::mount("dray", ".", type, flags, options) != 0) cannot_show(path);
    }

    void mount_at(const fs::path& path, const char* type, unsigned long flags, const char* options) const {
        mount_on(make(path, true), path, type, flags, options);
    }

    void in_memory(const fs::path& path, unsigned long flags, const char* options) const {
        mount_at(path, "tmpfs", flags, options);
    }

    void hide(const fs::path& path) {
        const host::Descriptor place = reopen(path);
        if (!place) return;  // it is not to be seen anyway
        struct stat status {};
        if (::fstat(place.get(), &status) != 0) cannot_show(path);
        if (S_ISLNK(status.st_mode)) return;  // where it leads is hidden too
        if (S_ISDIR(status.st_mode)) {
            mount_on(place, path, "tmpfs", MS_NOSUID | MS_NODEV | MS_NOEXEC, "mode=0755,size=64k");
            read_only_later_.push_back(path);
            return;
        }
        const host::Descriptor nothing = device("null");
        if (::move_mount(nothing.get(), "", place.get(), "",
                         MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH) != 0)
            cannot_show(path);
    }

    /// A device of the old root, which still is the root.
    static host::Descriptor device(const std::string& name) {
        const fs::path path = fs::path("/dev") / name;
        host::Descriptor tree = clone_tree(path, 0);
        if (!tree) cannot_show(path);
        set_mount_attributes(tree, MOUNT_ATTR_NOSUID, 0, path);
        return tree;
    }

    void show_devices(const fs::path& path) {
        in_memory(path, MS_NOSUID | MS_NOEXEC, "mode=0755,size=64k");
        read_only_later_.push_back(path);
        for (const char* name : shown_devices) {
            const ShownTree source{device(name), {}, false};
            attach(source, path / name);
        }
        in_memory(path / "shm", MS_NOSUID | MS_NODEV, scratch_options);
        mount_at(path / "pts", "devpts", MS_NOSUID | MS_NOEXEC, "newinstance,ptmxmode=0666,mode=0620");
        const host::Descriptor folder = reopen(path);
        for (const auto& [name, target] : shown_device_links)
            if (!folder || ::symlinkat(target, folder.get(), name) != 0) cannot_show(path / name);
    }

    host::Descriptor root_;
    std::vector<fs::path> read_only_later_;  ///< once everything is in it
};

}  // namespace

void enter_view(const std::vector<Seen>& view) {
    if (::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) cannot_show("/");
    std::vector<ShownTree> sources;
    sources.reserve(view.size());
    for (const Seen& seen : view)
        sources.push_back(shown_tree(seen));
    MadeView made;
    for (std::size_t i = 0; i < view.size(); ++i)
        made.show(view[i], sources[i]);
    made.enter();
}

}  // namespace dray::builder
