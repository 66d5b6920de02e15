// Files put into a published folder ahead of the moment in which they become visible.
#pragma once

#include <filesystem>
#include <span>
#include <string_view>
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

    /// As place_file().
    void place(const std::filesystem::path& from, const std::filesystem::path& to, bool may_link = false);

    /// The same with bytes in memory, in one part or several that follow one another.
    void put(const std::filesystem::path& to, std::string_view content);
    void put(const std::filesystem::path& to, std::span<const std::string_view> parts);

    /// From now on the files stay.
    void keep() { placed_.clear(); }

  private:
    std::vector<std::filesystem::path> placed_;
};

}  // namespace dray::builder
