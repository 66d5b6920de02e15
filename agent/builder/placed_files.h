// Files put into a published folder ahead of the moment in which they become visible.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace dray::builder {

/// Places files whose names never change their content (a release's files, by-hash indices). What was newly
/// placed is removed again with this object, unless `keep` was called: a publication that fails leaves
/// nothing behind.
class PlacedFiles {
  public:
    PlacedFiles() = default;
    ~PlacedFiles();
    PlacedFiles(const PlacedFiles&) = delete;
    PlacedFiles& operator=(const PlacedFiles&) = delete;

    /// Copies `from` to `to`, mode 0644: written beside it, fsynced, linked into place, the folder fsynced;
    /// missing folders are made. The same content there is done already. Throws Error when another content is
    /// there: somebody may have fetched it, so it is never replaced.
    void place(const std::filesystem::path& from, const std::filesystem::path& to);

    /// From now on the files stay.
    void keep() { placed_.clear(); }

  private:
    std::vector<std::filesystem::path> placed_;
};

/// Replaces files by which a publication becomes visible, and can take that back.
class ReplacedFiles {
  public:
    /// Puts `content` at `to` in one rename, fsynced, mode 0644; missing folders are made.
    void replace(const std::filesystem::path& to, std::string_view content);

    /// Puts back what was there, the last one first. Throws Error at the first that cannot be put back.
    void restore();

  private:
    struct Earlier {
        std::filesystem::path path;
        std::optional<std::string> content;  ///< nothing: there was no file
    };
    std::vector<Earlier> earlier_;
};

}  // namespace dray::builder
