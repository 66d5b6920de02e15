// The record of a package's build, deb-buildinfo(5): what was built, of what, by what.
#pragma once

#include "builder/build_root.h"
#include "builder/pip_report.h"
#include "builder/products.h"
#include "builder/python.h"
#include "builder/settings.h"
#include "host/process.h"

#include <chrono>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace dray::builder {

/// What goes into the record. Fields of our own begin with "X-".
struct BuildInfo {
    std::string package;
    std::string version;       ///< of the package
    std::string architecture;  ///< of the package: "all" or dpkg's name of a machine
    std::string origin;        ///< the distribution it was built in: "Debian"
    std::string machine;       ///< dpkg's name of the build host's architecture
    std::chrono::sys_seconds date;
    std::vector<std::filesystem::path> files;             ///< that were built; their checksums are taken
    std::vector<std::string> installed;                   ///< see installed_build_depends()
    std::map<std::string, std::string> environment = {};  ///< variables of the build
    std::string commit;
    std::string tag;
    std::vector<PythonFile> installed_from = {};  ///< of the virtual environment
    std::vector<PythonFile> built_with = {};      ///< of the isolated environment that made the wheel
};

/// The text within a clear signature (RFC 4880, 7); any other text is returned as it is.
std::string_view without_signature(std::string_view text);

/// The text of the record. Throws Error when a file cannot be read.
std::string buildinfo_text(const BuildInfo& info);

/// Whether it is the record of that file with that SHA-256. It may be within an OpenPGP signature, which is
/// not looked at.
bool is_record_of(std::string_view record, const std::string& file, const std::string& sha256);

/// What two builds of the same thing differ in beside what they made: packages, variables, Python files; a
/// line for each. Either text may be within an OpenPGP signature, which is not looked at.
std::vector<std::string> build_differences(std::string_view before, std::string_view now);

/// "warehouse_26.9.3_all.buildinfo" of "warehouse_26.9.3_all.deb"; they lie side by side.
std::string buildinfo_name(const std::string& deb);

/// How a package was built.
struct PackageBuild {
    const BuildRoot& root;
    std::optional<Interpreter> interpreter = {};  ///< of a Python service, and what follows
    std::vector<PythonFile> installed_from = {};
    std::vector<PythonFile> built_with = {};
    bool own_wheel = false;  ///< whether its wheel is another one than that of `products`
    std::map<std::string, std::string> environment = {};
};

/// Writes the record of a package of `products` beside it, and names it in `package`. What took part in the
/// build is that of `build.root`, by its dpkg. Throws Error when dpkg cannot tell what is installed.
void write_buildinfo(const host::Processes& processes, const Settings& settings, const PackageBuild& build,
                     std::chrono::sys_seconds now, const Products& products, BuiltPackage& package);

}  // namespace dray::builder
