// The virtual environment of a service, made at its final path.
#include "builder/environment.h"

#include "builder/confinement.h"
#include "builder/durable.h"
#include "builder/fetched_wheels.h"
#include "builder/file_digest.h"
#include "builder/foreign_tree.h"
#include "builder/lock_file.h"
#include "builder/package_tree.h"
#include "builder/scratch.h"
#include "error.h"

#include <spdlog/fmt/fmt.h>

#include <cstddef>
#include <fstream>
#include <sstream>
#include <string>
#include <string_view>

namespace dray::builder {
namespace {

constexpr auto files_name = "dray-build-files";    // in a cached environment: what it was installed from
constexpr std::size_t longest_report = 64u << 20;  // bytes: pip repeats all metadata of each distribution
constexpr std::size_t longest_lock = 16u << 20;    // bytes: ten thousand wheels with a hash for each platform

/// A requirements file that takes the lock as it is, and the service's wheel by its hash. The wheel is found
/// by name among the links and not given by its path: pip would keep that path in direct_url.json.
std::filesystem::path write_requirements(const Settings& settings, const std::filesystem::path& lock,
                                         const Products& products, const std::filesystem::path& scratch) {
    const std::filesystem::path file = scratch / "requirements-with-service.txt";
    std::ofstream out(file);
    out << "-r " << lock.string() << '\n'
        << settings.service.name << "==" << products.version.text()
        << " --hash=sha256:" << file_sha256(products.folder / products.wheel) << '\n';
    if (!out.flush()) throw Error(fmt::format("cannot write {}", file.string()), "the disk may be full");
    return file;
}

/// The text of a file that a lock names; none of what is no file, or too long to be one of a lock.
std::string read_text(const std::filesystem::path& file) {
    std::error_code missing;
    if (!std::filesystem::is_regular_file(file, missing) ||
        std::filesystem::file_size(file, missing) > longest_lock)
        return {};
    std::ostringstream text;
    text << std::ifstream(file, std::ios::binary).rdbuf();
    return text.str();
}

/// Of what a program says the end, which tells why it failed.
void keep_end(std::string& said, std::string_view piece) {
    constexpr std::size_t longest = 1u << 20;  // bytes: what it installs says as much as it likes
    said += piece;
    if (said.size() > longest) said.erase(0, said.size() - longest / 2);
}

/// What pip does not say of a requirement for which it finds no file.
std::string advice_on(const std::string& said, const Settings& settings, const Interpreter& interpreter) {
    if (said.find("No matching distribution found") == said.npos) return {};
    const std::string sources = settings.python.no_index ? "the wheelhouses have" : "the index has";
    if (settings.python.only_wheels)
        return fmt::format(
            "{} no wheel of it for {} and this architecture, and [python] only_wheels leaves sdists out",
            sources, interpreter.executable.string());
    return fmt::format("{} no sdist of it, and no wheel for {} and this architecture", sources,
                       interpreter.executable.string());
}

/// Whether a requirements file has anything but comments: starting pip for nothing takes a second.
bool has_requirements(const std::string& text) {
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) {
        const std::size_t begin = line.find_first_not_of(" \t\r");
        if (begin != line.npos && line[begin] != '#') return true;
    }
    return false;
}

/// Whether a part of a path in a repository is a symbolic link: it may lead to any file of the build host.
bool leads_elsewhere(const std::filesystem::path& repository, const std::filesystem::path& name) {
    std::filesystem::path path = repository;
    for (const auto& part : name.lexically_normal())
        if (std::filesystem::is_symlink(path /= part)) return true;
    return false;
}

}  // namespace

std::vector<PythonFile> build_environment(const host::Processes& processes, const Settings& settings,
                                          const BuildRoot& root, const Interpreter& interpreter,
                                          const Source& source, const Products& products,
                                          const std::filesystem::path& scratch, const BuildCache& cache,
                                          const std::filesystem::path& staging) {
    const std::filesystem::path& prefix = settings.deb.prefix;
    std::filesystem::path lock = source.folder / settings.python.requirements;
    const std::string attempt = fmt::format("cannot install the dependencies of {}", settings.service.name);
    if (leads_elsewhere(source.folder, settings.python.requirements))
        throw Error(
            attempt,
            fmt::format("the lock file {} is behind a symbolic link", settings.python.requirements.string()),
            "name the file itself in [python] requirements");
    if (!std::filesystem::is_regular_file(lock))
        throw Error(
            attempt, fmt::format("there is no lock file {}", settings.python.requirements.string()),
            "make one with pinned versions and hashes (pip-compile --generate-hashes), or an empty one when "
            "there are no dependencies; [python] requirements names it");

    if (is_pylock(lock.filename().string())) {
        const std::filesystem::path translated = scratch / "requirements-of-lock.txt";
        std::ofstream(translated) << requirements_of_pylock(read_text(lock),
                                                            settings.python.requirements.string());
        lock = translated;
    }
    // Of a lock that something else than its own text decides on, nothing is kept for other commits.
    const auto all_of_lock = whole_lock(
        lock, is_pylock(settings.python.requirements.filename().string()) ? scratch : source.folder);
    const std::string key =
        dependency_key(settings.python, interpreter,
                       root.key() + prefix.string() + '\n' + all_of_lock.value_or(""), source.now);
    const std::string kind = root.cache_kind("environment");
    std::filesystem::create_directories(staging.parent_path());
    const bool kept = all_of_lock && cache.take(kind, key, staging);

    const std::filesystem::path installer = scratch / ("installer" + root.target());
    PipSources sources = pip_sources(
        processes, settings, root, interpreter,
        {.lines = kept || settings.python.pip_config.empty() ? std::vector<std::string>()
                                                             : plain_requirements(read_text(lock)),
         .locked = true},
        source.time, installer);
    auto& environment = sources.environment;
    environment["PYTHONDONTWRITEBYTECODE"] = "1";
    std::string& links = environment["PIP_FIND_LINKS"];
    links += (links.empty() ? "" : " ") + products.folder.string();
    Confinement confinement = sources.confinement.with(products.folder / products.wheel).with(source.folder);
    confinement.places.push_back({staging, prefix, true});
    lend(staging, confinement);

    // In the installer's home, which is lent to it.
    const std::filesystem::path report = installer / "home/report.json";
    const MountPoint mount_point(root.system() / prefix.relative_path());
    const auto install = [&](const std::filesystem::path& requirements, const std::string& what) {
        std::string said;
        const host::Command pip{.argv = {interpreter.tools.string(), "-I", "-m", "pip", "--python",
                                         (prefix / "bin/python").string(), "install", "--require-hashes",
                                         "--no-compile", "--no-warn-script-location", "--report",
                                         report.string(), "--requirement", requirements.string()},
                                .environment = environment,
                                .timeout = settings.build.timeout,
                                .on_output = [&](std::string_view piece) { keep_end(said, piece); }};
        try {
            processes.check(confined(pip, confinement.with(requirements)),
                            fmt::format("cannot install {}", what));
        } catch (const Error& error) {
            const Error::Parts& parts = error.parts();
            const std::string advice = advice_on(parts.cause, settings, interpreter);
            throw Error(parts.attempt, parts.cause + conflict_text(said),
                        advice.empty() ? parts.hint : advice);
        }
        return parse_pip_report(read_made(report, longest_report));
    };
    const std::filesystem::path kept_files = staging / files_name;
    const std::string locked = fmt::format("the lock {}", settings.python.requirements.string());
    if (!kept) {
        processes.check(confined({.argv = {interpreter.executable.string(), "-I", "-m", "venv",
                                           "--without-pip", prefix.string()},
                                  .environment = environment},
                                 confinement),
                        fmt::format("cannot make a virtual environment at {}", prefix.string()));
        std::vector<PythonFile> files;
        if (has_requirements(read_text(lock))) files = install(lock, locked);
        // What names this run's folders is found now: a later run takes it from the cache and looks for its
        // own.
        refuse_paths(staging, {scratch, source.folder});
        std::filesystem::remove(kept_files);  // whatever a wheel has put there
        write_new(kept_files, python_files_text(files));
        refuse_planted(staging, interpreter.site_packages);
        take_over(staging);
        if (all_of_lock) cache.keep(kind, key, staging);
        lend(staging, confinement);
    }
    const std::vector<PythonFile> files = parse_python_files(read_text(kept_files));
    std::filesystem::remove(kept_files);
    // Once more with the lock: a dependency of the service that it lacks is then an error.
    confinement = confinement.with(lock);
    return joined_files(
        files, install(write_requirements(settings, lock, products, scratch),
                       fmt::format("{} {} and {}", settings.service.name, products.version.text(), locked)));
}

}  // namespace dray::builder
