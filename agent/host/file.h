// Seam to the file system: what is there, and atomic changes that never follow a planted symbolic link.
#pragma once

#include "host/owner_names.h"

#include <sys/stat.h>
#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace dray::host {

enum class FileType { regular, directory, link, other };

/// The permission bits of a file, as in chmod(2): 0 to 07777.
using Mode = std::uint16_t;

/// What lstat(2) says of a path, with names in place of numbers.
struct FileStatus {
    FileType type = FileType::regular;
    Mode mode = 0;
    std::string owner;  ///< user name, or the number as text where no user has it
    std::string group;  ///< likewise
    std::uint64_t size = 0;
    std::int64_t modified_ns = 0;  ///< mtime in nanoseconds since 1970
    std::uint64_t inode = 0;
    std::uint64_t device = 0;  ///< of the file system that it is on
};

/// Owner, group and mode that a file or folder is to have.
struct Ownership {
    std::string owner = {};  ///< a user name or number; empty keeps what is there (root for a new file)
    std::string group = {};  ///< likewise
    Mode mode = 0644;
};

/// What `read` takes in unless told otherwise: more than any text that dray compares or writes.
constexpr std::uint64_t read_limit = 64u << 20;

/// What is at a path, and what it holds.
struct FileView {
    FileStatus status;
    std::optional<std::string> content = {};  ///< of a regular file that is not larger than was asked for
};

/// Files of one host. Paths are absolute.
///
/// Rule for links, as in path_resolution(7) with systemd's "safe" rule on top: a symbolic link among the
/// *parents* of a path is followed only when it belongs to root (or to the user that dray runs as); the last
/// component is never followed. A link planted by somebody else is an Error that names it.
class Files {
  public:
    virtual ~Files() = default;

    /// What is at `path`; nothing when there is nothing. Throws Error when it cannot be told (permission, a
    /// planted link).
    virtual std::optional<FileStatus> status(const std::filesystem::path& path) const = 0;

    /// Whether anything is at `path`, a link that leads nowhere included. Throws as `status` does.
    virtual bool exists(const std::filesystem::path& path) const { return status(path).has_value(); }

    /// The whole content of a regular file; nothing when there is no such file.
    /// Throws Error when it is not a regular file or is larger than `limit` bytes.
    virtual std::optional<std::string> read(const std::filesystem::path& path,
                                            std::uint64_t limit = read_limit) const = 0;

    /// `status` and `read` in one, which looks only once; nothing when there is nothing. A file that is
    /// larger than `limit` bytes is not read. Throws Error as they do.
    virtual std::optional<FileView> view(const std::filesystem::path& path,
                                         std::uint64_t limit = read_limit) const;

    /// The target of a symbolic link; nothing when `path` is not one.
    virtual std::optional<std::filesystem::path> read_link(const std::filesystem::path& path) const = 0;

    /// The names in a folder, sorted bytewise; empty when nothing is there. Throws Error when it is no
    /// folder.
    virtual std::vector<std::string> list(const std::filesystem::path& folder) const = 0;

    /// Puts a regular file with this content and ownership at `path`, in the place of a file or link that is
    /// there: written beside it, fsynced, renamed, and the folder fsynced. A reader sees the old file or the
    /// new one. Throws Error when a folder or a device is there, or the parent is missing; then nothing has
    /// changed.
    virtual void write(const std::filesystem::path& path, std::string_view content,
                       const Ownership& ownership) = 0;

    /// As `write`, without an fsync: for a file that nothing but a message to people rests on. A power cut
    /// leaves the old one or, where a file system does not order a rename after the data, one that is empty
    /// or has zeros. A killed writer leaves the old one or the new one.
    virtual void write_unsynced(const std::filesystem::path& path, std::string_view content,
                                const Ownership& ownership) {
        write(path, content, ownership);
    }

    /// Sets owner, group and mode of what is at `path`, where they differ. Throws Error when it is neither a
    /// file nor a folder: a link has no mode, and is not followed.
    virtual void set_ownership(const std::filesystem::path& path, const Ownership& ownership) = 0;

    /// Makes one folder; one that is there already gets the ownership, as by set_ownership. `parents` makes
    /// missing parents too, owned by root with mode 0755. Throws Error when something else is there.
    virtual void make_directory(const std::filesystem::path& path, const Ownership& ownership,
                                bool parents = false) = 0;

    /// Puts a symbolic link to `target` at `path`, atomically in the place of a file or link that is there.
    /// Of `ownership` the mode is nobody's business: a link has none. Without an owner it is ours, whoever
    /// owned the link before, since links of others are not followed.
    virtual void make_link(const std::filesystem::path& path, const std::filesystem::path& target,
                           const Ownership& ownership = {}) = 0;

    /// Writes `text` into the regular file at `path` with one write(2): for the kernel's files in /proc and
    /// /sys, where nothing can be renamed and each write is a change of its own. What a file of another kind
    /// held beyond `text` is cut off. Throws Error when no such file is there.
    virtual void write_in_place(const std::filesystem::path& path, std::string_view text) = 0;

    /// Puts a file of `size` bytes at `path` that has all its blocks on the disk, by posix_fallocate(3): room
    /// that is free again once it is removed. What it holds is nobody's business. A file that is there stays,
    /// and grows when it is smaller. Throws Error, of ENOSPC when others would be left with less than as
    /// much, and then nothing has changed; and when something else is there, or the parent is missing.
    virtual void reserve(const std::filesystem::path& path, std::uint64_t size) = 0;

    /// Removes a file, a link, or an empty folder. Nothing there is no error.
    virtual void remove(const std::filesystem::path& path) = 0;
};

/// The real thing: openat(2), fstatat(2), renameat(2) on descriptors of the parents.
class SystemFiles final : public Files {
  public:
    std::optional<FileStatus> status(const std::filesystem::path& path) const override;
    std::optional<std::string> read(const std::filesystem::path& path,
                                    std::uint64_t limit = read_limit) const override;
    std::optional<FileView> view(const std::filesystem::path& path,
                                 std::uint64_t limit = read_limit) const override;
    std::optional<std::filesystem::path> read_link(const std::filesystem::path& path) const override;
    std::vector<std::string> list(const std::filesystem::path& folder) const override;
    void write(const std::filesystem::path& path, std::string_view content,
               const Ownership& ownership) override;
    void write_unsynced(const std::filesystem::path& path, std::string_view content,
                        const Ownership& ownership) override;
    void set_ownership(const std::filesystem::path& path, const Ownership& ownership) override;
    void make_directory(const std::filesystem::path& path, const Ownership& ownership,
                        bool parents = false) override;
    void make_link(const std::filesystem::path& path, const std::filesystem::path& target,
                   const Ownership& ownership = {}) override;
    void write_in_place(const std::filesystem::path& path, std::string_view text) override;
    void reserve(const std::filesystem::path& path, std::uint64_t size) override;
    void remove(const std::filesystem::path& path) override;

  private:
    FileStatus told(const struct stat& status) const;

    mutable OwnerNames owners_;  // a memory of what is asked for, not a part of what this is
};

/// "0640" for 0640: four octal digits, as recipes and diffs write modes.
std::string mode_text(Mode mode);

}  // namespace dray::host
