// Files and folders that survive a power cut: what every publication is written with.
#pragma once

#include <chrono>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace dray::builder {

/// Writes a new file, mode 0644, and fsyncs it, with another time of its last change when one is given.
/// Throws Error when something is there.
void write_new(const std::filesystem::path& file, std::string_view content,
               std::optional<std::chrono::sys_seconds> changed = {});

/// Puts `content` at `to` in one rename, fsynced, mode 0644; missing folders are made.
void replace_file(const std::filesystem::path& to, std::string_view content);

/// A file that is on the disk already, beside the place that it takes with `commit`: that needs no room any
/// more. Without it, it goes with this object.
class StagedFile {
  public:
    /// As replace_file().
    StagedFile(std::filesystem::path to, std::string_view content);
    /// The same with content in parts that follow one another.
    StagedFile(std::filesystem::path to, std::span<const std::string_view> parts);
    ~StagedFile();
    StagedFile(const StagedFile&) = delete;
    StagedFile& operator=(const StagedFile&) = delete;

    /// Takes its place in one rename, fsynced. Throws Error.
    void commit();

  private:
    std::filesystem::path to_;
    std::string made_;  ///< its name until then
};

/// fsyncs a file or a folder.
void sync_path(const std::filesystem::path& path);

/// Makes what is missing of the path, mode 0755, and sees that it survives a power cut.
void make_folders(const std::filesystem::path& folder);

/// Whether two files have the same bytes.
bool same_content(const std::filesystem::path& a, const std::filesystem::path& b);

/// Whether a file has these bytes, in parts that follow one another.
bool has_content(const std::filesystem::path& file, std::span<const std::string_view> parts);

/// Whether `part` has the first bytes of `whole` and not all of them.
bool is_beginning(const std::filesystem::path& part, const std::filesystem::path& whole);

/// Puts the bytes of `from` at `to`, mode 0644, fsynced, and never in the place of anything: as a hard link
/// when `may_link` and both are on one file system, else as a copy that is written beside it. The same
/// content there is done already; returns whether it was put there now. Missing folders are made. Throws
/// Error when another content is there: somebody may have fetched it.
bool place_file(const std::filesystem::path& from, const std::filesystem::path& to, bool may_link = false);

/// Makes `link` point at `target` in one rename, the folder fsynced. A real folder at `link` changes places
/// with the new link (renameat2(2), RENAME_EXCHANGE) and is then moved to `aside`, in the place of the one
/// that was moved there before.
void flip_link(const std::filesystem::path& link, const std::filesystem::path& target,
               const std::filesystem::path& aside);

/// Moves that folder to `aside` where flip_link() was killed before it did. Nobody else may flip that link
/// meanwhile.
void finish_flip(const std::filesystem::path& link, const std::filesystem::path& aside);

}  // namespace dray::builder
