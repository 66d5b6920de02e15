// The packages of a plan are looked into before dpkg gets them.
#pragma once

#include "apt_helper/disk_space.h"

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>

namespace dray::apt_helper {

/// What a package has to be to be installed.
struct ExpectedArchive {
    std::filesystem::path file;
    std::string name;
    std::string version;
    std::string architecture;  ///< "all" or one of the host's
};

/// Adds up what the packages of a plan bring, in the order in which they are added.
class ArchiveCheck {
  public:
    /// Throws Error when the file is no Debian package, or another one than is expected, or when one of its
    /// files would leave the place that its name says: by "..", or through a symbolic link of the same
    /// package. dpkg looks at nothing of this.
    void add(const ExpectedArchive& expected);

    /// Throws Error naming the file system that is too small for what was added. dpkg puts a package's new
    /// files beside the old ones before it renames them.
    void check_space(Blocks blocks = Blocks::everybodys) const;

  private:
    /// In bytes of whole blocks.
    struct Room {
        std::filesystem::path where;  ///< a folder on that file system
        std::int64_t growth = 0;      ///< once the packages so far are installed
        std::int64_t most = 0;        ///< at any time until then
    };

    std::map<dev_t, Room> rooms_;
};

}  // namespace dray::apt_helper
