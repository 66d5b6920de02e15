// Where pip takes files from, and how it gets at an index that wants a password.
#pragma once

#include "builder/build_root.h"
#include "builder/confinement.h"
#include "builder/python.h"
#include "builder/settings.h"
#include "host/process.h"

#include <chrono>
#include <filesystem>
#include <map>
#include <string>
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
};

/// By default pip sees the wheelhouses, and an index is its own default, which it asks by the network that it
/// then has. With [python] pip_config it has none: the wheels are fetched before, by a pip that has the
/// network and that configuration, and with them the passwords in it. As nothing of what it fetches may run
/// there, that pip can start no program (RLIMIT_NPROC), so that it cannot build an sdist, and what it is
/// asked for is names, versions and hashes alone. `scratch` is a folder that becomes the home of it all.
/// Throws Error.
PipSources pip_sources(const host::Processes& processes, const Settings& settings, const BuildRoot& root,
                       const Interpreter& interpreter, const Requirements& requirements,
                       std::chrono::sys_seconds time, const std::filesystem::path& scratch);

/// The requirements of a lock as single lines. Throws Error for what is more than a name with its extras, its
/// version, its marker and hashes: an option, a path, a URL, a variable of the environment.
std::vector<std::string> plain_requirements(const std::string& lock);

}  // namespace dray::builder
