// Files of distributions that a lock names: fetched once, and there for the locks of later commits.
#pragma once

#include <cstdint>
#include <filesystem>
#include <set>
#include <string>
#include <utility>

namespace dray::builder {

constexpr std::uintmax_t most_kept_bytes = std::uintmax_t{2} << 30;  // a few large locks of wheels

/// Files by their SHA-256 in a folder that is this program's alone, and with them which of the files that a
/// line of a lock allows was chosen. All that is kept can be removed at any time.
class KeptFiles {
  public:
    explicit KeptFiles(std::filesystem::path folder) : folder_(std::move(folder)) {}

    /// Copies what was chosen under `key` into the folder `to`, by the name that it was fetched under;
    /// whether there was one. The copy is there only when its own SHA-256 is the one that was chosen, and
    /// among `allowed`; a kept file that is another by now is removed. Throws nothing.
    bool take(const std::string& key, const std::set<std::string>& allowed,
              const std::filesystem::path& to) const;

    /// Keeps a copy of a file that nobody else can write, `sha256` being what it is. That it cannot be kept
    /// is no error.
    void keep(const std::string& key, const std::filesystem::path& file, const std::string& sha256) const;

    /// Removes what was not taken for 30 days, and what was taken longest ago while there are more than
    /// `most` bytes.
    void tidy(std::uintmax_t most = most_kept_bytes) const;

  private:
    std::filesystem::path file(const std::string& sha256) const { return folder_ / "files" / sha256; }
    std::filesystem::path choice(const std::string& key) const { return folder_ / "chosen" / key; }

    std::filesystem::path folder_;
};

}  // namespace dray::builder
