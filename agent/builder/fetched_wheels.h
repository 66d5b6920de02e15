// Where pip takes files from, what is fetched before, and how it gets at an index that wants a password.
#pragma once

#include "builder/build_cache.h"
#include "builder/build_root.h"
#include "builder/confinement.h"
#include "builder/python.h"
#include "builder/settings.h"
#include "host/process.h"

#include <chrono>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace dray::builder {

/// What is to be installed, as lines of a requirements file.
struct Requirements {
    std::vector<std::string> lines;
    bool locked = false;  ///< complete, and with hashes
};

/// How pip of a root is run to install.
struct PipSources {
    Confinement confinement;  ///< with the wheelhouses, and with a home
    std::map<std::string, std::string> environment;
    std::vector<std::string> fetched;  ///< of what is locked the lines whose wheels are among its links
};

/// By default pip sees the wheelhouses, and an index is its own default, which it asks by the network that it
/// then has. Wheels of what is locked are fetched before, and kept for other runs, where they are looked for
/// first; when nothing is missing, pip is given neither index nor network.
///
/// With [python] pip_config it never has these: whatever it may need is fetched before, by a pip that has the
/// network and that configuration, and with them the passwords in it. As nothing of what is fetched may run
/// there, a pip that fetches can start no program (RLIMIT_NPROC), so that it cannot build an sdist, and what
/// it is asked for is names, versions and hashes alone. `scratch` is a folder that becomes the home of it
/// all. Throws Error.
PipSources pip_sources(const host::Processes& processes, const Settings& settings, const BuildRoot& root,
                       const Interpreter& interpreter, const Requirements& requirements,
                       std::chrono::sys_seconds time, const std::filesystem::path& scratch,
                       const BuildCache& cache);

/// Takes the index and the network from a pip: what it is to install is among its links.
void leave_index(PipSources& sources);

/// Which of `lines` it is of which pip says that it has found no file; the end of `lines` when it says that
/// of none. Source: pip's _internal/resolution/resolvelib/factory.py, 20 to 25.
std::vector<std::string>::iterator not_found(std::vector<std::string>& lines, std::string_view said);

/// Whether a folder has the sdist of what is required at one version. The index is not asked for that, as it
/// may not have it, and as a pip that can start no program cannot look into an sdist.
bool is_sdist_there(const std::string& requirement, const std::vector<std::string>& wheelhouses);

/// The requirements of a lock as single lines. Throws Error for what is more than a name with its extras, its
/// version, its marker and hashes: an option, a path, a URL, a variable of the environment.
std::vector<std::string> plain_requirements(const std::string& lock);

}  // namespace dray::builder
