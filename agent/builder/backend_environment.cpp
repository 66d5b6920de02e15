// What a build backend runs in.
#include "builder/backend_environment.h"

#include "builder/fetched_wheels.h"
#include "builder/foreign_tree.h"
#include "builder/package_tree.h"
#include "builder/pip.h"
#include "builder/scratch.h"
#include "builder/unsure.h"
#include "builder/written_file.h"
#include "error.h"
#include "host/file.h"

#include <spdlog/fmt/fmt.h>

#include <map>
#include <string>
#include <utility>

namespace dray::builder {
namespace fs = std::filesystem;
namespace {

constexpr std::size_t most_report = 64u << 20;  // bytes: pip repeats all metadata of each distribution

std::vector<PythonFile> install_requirements(const host::Processes& processes, const Settings& settings,
                                             const BuildRoot& root, const Interpreter& interpreter,
                                             const std::set<std::string>& requirements,
                                             const BuildTimes& times, const fs::path& scratch,
                                             const BuildCache& cache, const fs::path& environment) {
    const PipSources sources = pip_sources(
        processes, settings, root, interpreter,
        {.lines = {requirements.begin(), requirements.end()}, .locked = false}, times.built, scratch, cache);
    const Confinement confinement = sources.confinement.with_lent(environment);
    lend(environment, confinement);
    processes.check(confined({.argv = {interpreter.executable.string(), "-I", "-m", "venv", "--without-pip",
                                       environment.string()},
                              .environment = sources.environment},
                             confinement),
                    "cannot make an environment to build in");
    if (requirements.empty()) return {};
    const fs::path report = scratch / "home/report.json";  // in pip's home, which is lent to it
    // The backend is imported several times in each run: with byte code that takes half as long.
    std::map<std::string, std::string> compiling = sources.environment;
    compiling.erase("PIP_NO_COMPILE");
    host::Command pip{.argv = pip_command(interpreter, environment,
                                          {"install", "--quiet", "--no-warn-script-location", "--report",
                                           report.string(), "--"}),
                      .environment = std::move(compiling),
                      .timeout = settings.build.timeout};
    pip.argv.insert(pip.argv.end(), requirements.begin(), requirements.end());
    try {
        run_pip(processes, std::move(pip), confinement, scratch / "home",
                "cannot install what the build needs");
    } catch (const Unsure&) {
        throw;
    } catch (const Error& error) {
        const Error::Parts& parts = error.parts();
        const std::string advice = advice_on_missing(parts.cause, settings.python, interpreter);
        throw Error(parts.attempt, parts.cause, advice.empty() ? parts.hint : advice);
    }
    return parse_pip_report(read_made(report, most_report));
}

}  // namespace

BackendEnvironment backend_environment(const host::Processes& processes, const Settings& settings,
                                       const BuildRoot& root, const Interpreter& interpreter,
                                       const std::set<std::string>& requirements, const BuildTimes& times,
                                       const fs::path& scratch, const BuildCache& cache) {
    const std::string kind = root.cache_kind("build");
    const std::string wanted = fmt::format("{}{}", root.key(), fmt::join(requirements, "\n"));
    const fs::path folder = cache.path(kind, dependency_key(settings.python, interpreter, wanted, times.now));
    const fs::path environment = folder / "environment";
    // What it was installed from; written last, so that one cut short is made again.
    const fs::path ready = folder / "installed-from";
    fs::create_directories(folder);
    const Lock making(
        folder, [] {}, [&] { processes.throw_if_stopped(); });
    if (!fs::exists(ready)) {
        remove_tree(environment);
        const auto files =
            install_requirements(processes, settings, root, interpreter, requirements, times,
                                 scratch / ("backend-tools" + root.target()), cache, environment);
        refuse_planted(environment, interpreter.site_packages);
        take_over(environment);
        write_file(ready, python_files_text(files));
    }
    std::error_code ignored;  // it would only seem older than it is
    fs::last_write_time(folder, fs::file_time_type::clock::now(), ignored);
    cache.tidy(kind);
    return {environment, parse_python_files(host::SystemFiles().read(ready).value_or(std::string()))};
}

}  // namespace dray::builder
