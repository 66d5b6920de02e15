// What a release consists of: the files that were built, and from what.
#pragma once

#include "builder/pip_report.h"
#include "builder/version.h"
#include "host/file.h"

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace dray::builder {

/// A Debian package of a release.
struct BuiltPackage {
    std::string target;   ///< the codename of the distribution that it is for; "" is the build host's own
    std::string version;  ///< "26.11.3", with a target "26.11.3+deb12"
    std::string file;     ///< its name in the folder of the products
    /// The name of the record of its build there; no two builds have the same. "" when there is none.
    std::string buildinfo;
};

/// The products in a folder. `release.json` beside them says what they are, so that each step can be run by
/// itself and none takes files of another release for its own.
struct Products {
    std::filesystem::path folder;
    Version version;
    std::string commit;                ///< full hash of what they were built from
    std::vector<std::string> changes;  ///< subjects of the commits since the release before, newest first
    /// The oldest release whose code runs on the database as this release leaves it; hosts that go back from
    /// here stop there. Nothing: no release has said one yet.
    std::optional<Version> schema_floor;
    std::string sdist;  ///< file name in `folder`; "" as long as it is not built
    std::string wheel;
    std::vector<BuiltPackage> debs;      ///< one for each target
    std::vector<PythonFile> built_with;  ///< what the build requirements (PEP 517) were installed from

    /// The names of those that are built.
    std::vector<std::string> files() const;

    /// The SHA-256 of each of them.
    std::map<std::string, std::string> digests() const;

    /// Writes release.json with the hash of each file.
    void save(host::Files& files) const;

    /// Reads release.json and compares each file with its hash. Throws Error when the folder has none, or a
    /// file is missing or is another one.
    static Products load(const host::Files& files, const std::filesystem::path& folder);
};

}  // namespace dray::builder
