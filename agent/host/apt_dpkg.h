// dpkg's own record of what is installed, read from its files without starting anything.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace dray::host {

/// One package as dpkg's status file has it. Source: dpkg(1), "Package states".
struct DpkgPackage {
    std::string_view architecture;
    std::string_view version;  ///< "" when dpkg never got that far
    std::string_view want;     ///< "install", "hold", "deinstall", "purge", "unknown"
    std::string_view flag;     ///< "ok", or "reinstreq": broken, and to be unpacked again
    std::string_view state;    ///< "installed", "config-files", "half-installed", "unpacked", …
    std::string_view stanza;   ///< all of its fields, as the file has them

    bool installed() const { return state == "installed"; }
    bool must_be_reinstalled() const { return flag == "reinstreq"; }
    /// Between two states that dpkg can rest in: something has stopped half-way, or is under way.
    bool interrupted() const;
    /// The first line of a field's value; "" when there is no such field. Names of fields have no case.
    std::string_view field(std::string_view name) const;
};

/// dpkg's status file at one moment.
class DpkgStatus {
  public:
    /// `text` is the file's content; a stanza without Package or Status is passed over, as dpkg tells of it.
    /// `native` is dpkg's own architecture, needed only where a package is there for several; "" when
    /// unknown.
    explicit DpkgStatus(std::string text, std::string native = {});

    /// The package NAME or NAME:ARCH; nullptr when dpkg has never heard of it. Where several architectures
    /// have it, a plain NAME means the native one, else one that is installed.
    const DpkgPackage* find(std::string_view name) const;

    /// The versions of all that is installed, by name ("NAME:ARCH" for a foreign one).
    std::map<std::string, std::string> installed() const;

    /// The packages that are interrupted, by name ("NAME:ARCH" for a foreign one), sorted.
    std::vector<std::string> interrupted() const;

  private:
    std::string full_name(std::string_view name, const DpkgPackage& package) const;

    std::shared_ptr<const std::string> text_;  ///< what all the views point into
    std::string native_;
    std::unordered_multimap<std::string_view, DpkgPackage> packages_;
};

/// dpkg's files on a host, read again only when they have changed.
class DpkgDatabase {
  public:
    explicit DpkgDatabase(std::filesystem::path folder = "/var/lib/dpkg") : folder_(std::move(folder)) {}

    /// The status file as it is now. It is replaced by rename, so inode, size and time tell whether it has
    /// changed. Throws Error when it cannot be read.
    const DpkgStatus& status() const;

    /// Whether dpkg has left a journal that is not in the status file yet: files named by digits in updates/.
    /// Throws Error when that cannot be read.
    bool has_journal() const;

    /// Whether there is one, or a package in a state between two.
    bool interrupted() const;

  private:
    /// What tells one version of a file from another.
    struct Identity {
        std::uint64_t inode = 0;
        std::uint64_t size = 0;
        std::int64_t modified_ns = 0;
        bool operator==(const Identity&) const = default;
    };

    std::filesystem::path folder_;
    mutable Identity identity_;
    mutable std::unique_ptr<const DpkgStatus> status_;
};

}  // namespace dray::host
