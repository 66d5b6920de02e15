// The Python interpreter that a service is built with and runs on.
#pragma once

#include "builder/build_root.h"
#include "builder/settings.h"
#include "host/process.h"

#include <chrono>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace dray::builder {

/// An interpreter that belongs to the distribution.
struct Interpreter {
    std::filesystem::path executable;  ///< without symbolic links: /usr/bin/python3.11
    std::vector<std::string> depends;  ///< of a service: "python3.11", or a range of pypy3
    int major = 0;
    int minor = 0;
    std::string version;          ///< of the implementation, for whom its micro version matters
    std::string site_packages;    ///< below an environment: "lib/python3.11/site-packages"
    std::filesystem::path tools;  ///< a CPython with the modules build, pip and venv
    std::filesystem::path pip;    ///< its pip, for another interpreter: see pip_command()
};

/// Finds out about [python] interpreter in `root`, which is started confined: who pushes may name it. A
/// service must run on what the target has from its packages, so dpkg has to know the file: what is first on
/// PATH may be anything. PyPy is built for by the tools of /usr/bin/python3. Throws Error when dpkg does not
/// know it, or it is neither CPython nor PyPy, or the modules to build with are missing.
Interpreter find_interpreter(const host::Processes& processes, const Settings& settings,
                             const BuildRoot& root);

/// The versions of a package that have the ABI of this one: PyPy makes no promise beyond a micro version.
/// "7.3.11" is "pypy3 (>= 7.3.11), pypy3 (<< 7.3.12~)".
std::vector<std::string> pypy_range(const std::string& package, const std::string& version);

/// The package out of what dpkg-query(1) --search answered: "python3.11-minimal" of "python3.11-minimal:
/// /usr/bin/…". Lines on diversions are passed over; of several packages it is the first. "" when there is
/// none.
std::string owning_package(const std::string& answer);

/// The package to depend on, of the one that holds the interpreter's file: "python3.11" of
/// "python3.11-minimal", which has no complete standard library.
std::string runtime_package(const std::string& file_package);

/// The environment in which Python tools run: nothing of the build host's or a person's configuration, the
/// wheelhouses as the only source when there is no index, and the commit's time as the time of what is built.
/// `home` is a folder of this step's own, in which a folder for temporary files is made. Only a person who
/// builds with an index, and not as root, keeps their own home, for the pip.conf in it.
std::map<std::string, std::string> python_environment(const Settings::Python& python,
                                                      const std::filesystem::path& home,
                                                      std::chrono::sys_seconds time);

}  // namespace dray::builder
