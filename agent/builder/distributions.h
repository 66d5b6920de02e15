// The sdist and the wheel of a service, built by PEP 517 in an isolated environment.
#pragma once

#include "builder/build_cache.h"
#include "builder/build_root.h"
#include "builder/pip_report.h"
#include "builder/products.h"
#include "builder/python.h"
#include "builder/settings.h"
#include "host/file.h"
#include "host/process.h"

#include <chrono>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace dray::builder {

/// Files of a commit, ready to be built.
struct Source {
    std::filesystem::path folder;   ///< a clean export; building may write into it
    std::chrono::sys_seconds time;  ///< of the commit: the time of everything that is built
    std::chrono::sys_seconds now;   ///< of the run: what is fetched may be another one tomorrow
};

/// The variables by which common backends and plug-ins are told a version that dray-build cannot write into
/// the text of pyproject.toml; none when it can.
std::map<std::string, std::string> version_variables(const std::string& pyproject,
                                                     const std::string& version);

/// Builds both into `products.folder` and names them in `products`. The version is written into the export's
/// pyproject.toml, or setup.py and setup.cfg where there is no [project], or given through the environment of
/// the common dynamic-version backends. The wheel is built from the sdist, so that the sdist is known to be
/// complete. Throws Error when the build fails, or when what comes out is not exactly `products.version`.
void build_distributions(const host::Processes& processes, host::Files& files, const Settings& settings,
                         const Interpreter& interpreter, const Source& source,
                         const std::filesystem::path& scratch, const BuildCache& cache, Products& products);

/// A wheel that was built for one target.
struct BuiltWheel {
    std::filesystem::path folder;
    std::string file;                    ///< its name there
    std::vector<PythonFile> built_with;  ///< as in Products
};

/// Builds the wheel of `products.sdist` in `root` into a folder of `scratch`, for a wheel that is not the
/// same for every Python. `source` is an export that tells how it is built. Throws Error as
/// build_distributions does.
BuiltWheel build_wheel(const host::Processes& processes, host::Files& files, const Settings& settings,
                       const BuildRoot& root, const Interpreter& interpreter, const Source& source,
                       const std::filesystem::path& scratch, const BuildCache& cache,
                       const Products& products);

/// Builds a wheel in the same way, but from the files of a commit itself and for the build host; nothing is
/// done with it but looking. `source.folder` is an export of its own, alone in its folder. Returns where it
/// is. Throws Error as build_distributions does.
std::filesystem::path build_direct_wheel(const host::Processes& processes, host::Files& files,
                                         const Settings& settings, const Interpreter& interpreter,
                                         const Source& source, const std::filesystem::path& scratch,
                                         const BuildCache& cache, const Version& version);

/// Whether a wheel of that name runs on every Python and machine (binary distribution format of the packaging
/// guide): "warehouse-26.9.3-py3-none-any.whl".
bool is_pure_wheel(std::string_view file);

/// Throws Error unless `file` is named as an sdist or wheel (binary distribution format of the packaging
/// guide) of this distribution at this version: "warehouse-26.9.3.tar.gz",
/// "warehouse-26.9.3-py3-none-any.whl".
void check_file_name(std::string_view file, std::string_view distribution, const Version& version);

}  // namespace dray::builder
