// Versions of a package that nobody on this host is to install for now, told to apt by a pin.
#pragma once

#include "host/apt.h"
#include "host/file.h"

#include <filesystem>
#include <string>
#include <vector>

namespace dray::host {

/// A version in quarantine.
struct QuarantinedVersion {
    std::string version;  ///< Debian version
    std::string reason;   ///< one line, for whoever reads the file
    bool operator==(const QuarantinedVersion&) const = default;
};

/// /etc/apt/preferences.d/00dray-quarantine-PACKAGE.pref. Of several records that match a version apt takes
/// the first, and reads the files in the order of their names: this one comes before what a recipe or a
/// person prefers. Characters of a package's name that apt does not take in a file's are written as "_p"
/// ('+') and "_c" (':'). Throws Error for what is no package's name.
std::filesystem::path quarantine_path(const std::string& package);

/// The versions of the package that set_quarantine has put into quarantine; it may be asked by anybody.
/// Throws Error.
std::vector<QuarantinedVersion> quarantined(const Files& files, const std::string& package);

/// Has apt forbid (priority -1) just these versions of the package, and no longer any others that were in
/// quarantine; empty ends the quarantine. What is installed stays installed: apt never removes a package for
/// a pin. `apt` is told (Apt::file_changed), so that its next answer heeds it. Returns whether the file had
/// to change. Throws Error when it cannot be written, or something in it is no version of a package.
bool set_quarantine(Files& files, Apt& apt, const std::string& package,
                    const std::vector<QuarantinedVersion>& versions);

}  // namespace dray::host
