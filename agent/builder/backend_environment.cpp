// What a build backend runs in.
#include "builder/backend_environment.h"

#include "builder/fetched_wheels.h"
#include "builder/scratch.h"
#include "builder/written_file.h"
#include "error.h"

#include <spdlog/fmt/fmt.h>

namespace dray::builder {
namespace fs = std::filesystem;
namespace {

void install_requirements(const host::Processes& processes, const Settings& settings,
                          const Interpreter& interpreter, const std::set<std::string>& requirements,
                          const BuildTimes& times, const fs::path& scratch, const fs::path& environment) {
    const PipSources sources = pip_sources(
        processes, settings, interpreter,
        {.lines = {requirements.begin(), requirements.end()}, .locked = false}, times.built, scratch);
    const Confinement confinement = sources.confinement.with_lent(environment);
    lend(environment, confinement);
    processes.check(confined({.argv = {interpreter.executable.string(), "-I", "-m", "venv", "--without-pip",
                                       environment.string()},
                              .environment = sources.environment},
                             confinement),
                    "cannot make an environment to build in");
    if (requirements.empty()) return;
    host::Command pip{.argv = {interpreter.tools.string(), "-I", "-m", "pip", "--python",
                               (environment / "bin/python").string(), "install", "--quiet",
                               "--no-warn-script-location", "--"},
                      .environment = sources.environment,
                      .timeout = settings.build.timeout};
    pip.argv.insert(pip.argv.end(), requirements.begin(), requirements.end());
    processes.check(confined(std::move(pip), confinement), "cannot install what the build needs");
}

}  // namespace

fs::path backend_environment(const host::Processes& processes, const Settings& settings,
                             const Interpreter& interpreter, const std::set<std::string>& requirements,
                             const BuildTimes& times, const fs::path& scratch, const BuildCache& cache) {
    const fs::path folder =
        cache.path("build", dependency_key(settings.python, interpreter,
                                           fmt::format("{}", fmt::join(requirements, "\n")), times.now));
    const fs::path environment = folder / "environment";
    const fs::path ready = folder / "ready";  // written last, so that one cut short is made again
    fs::create_directories(folder);
    const Lock making(folder, [] {});
    if (!fs::exists(ready)) {
        fs::remove_all(environment);
        install_requirements(processes, settings, interpreter, requirements, times, scratch / "backend-tools",
                             environment);
        write_file(ready, "");
    }
    std::error_code ignored;  // it would only seem older than it is
    fs::last_write_time(folder, fs::file_time_type::clock::now(), ignored);
    cache.tidy("build");
    return environment;
}

}  // namespace dray::builder
