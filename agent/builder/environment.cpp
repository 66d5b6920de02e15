// The virtual environment of a service, made at its final path.
#include "builder/environment.h"

#include "builder/confinement.h"
#include "builder/durable.h"
#include "builder/fetched_wheels.h"
#include "builder/file_digest.h"
#include "builder/foreign_tree.h"
#include "builder/lock_file.h"
#include "builder/package_tree.h"
#include "builder/pip.h"
#include "builder/scratch.h"
#include "builder/unsure.h"
#include "builder/written_file.h"
#include "error.h"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <fstream>
#include <optional>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>

namespace dray::builder {
namespace {

constexpr auto files_name = "dray-build-files";  // in a cached environment: what it was installed from
// 1980-01-01, the earliest that a wheel can hold, for what is built from sdists of a lock: it is kept for
// commits of other times, which would get other bytes with it than without.
constexpr std::chrono::sys_seconds time_of_built{std::chrono::seconds(315'532'800)};
constexpr std::size_t longest_report = 64u << 20;  // bytes: pip repeats all metadata of each distribution
constexpr std::size_t longest_lock = 16u << 20;    // bytes: ten thousand wheels with a hash for each platform

/// A requirements file that takes the lock as it is, and the service's wheel by its hash. The wheel is found
/// by name among the links and not given by its path: pip would keep that path in direct_url.json.
std::filesystem::path write_requirements(const Settings& settings, const std::filesystem::path& lock,
                                         const Products& products, const std::filesystem::path& folder) {
    const std::filesystem::path file = folder / "requirements-with-service.txt";
    write_file(file, fmt::format("-r {}\n{}=={} --hash=sha256:{}\n", lock.string(), settings.service.name,
                                 products.version.text(), file_sha256(products.folder / products.wheel)));
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

/// What a lock installs, without the service.
struct LockedPart {
    std::filesystem::path file;        ///< of requirements
    std::string text;                  ///< how a person calls it
    std::optional<std::string> whole;  ///< see whole_lock(); of a lock without it nothing is kept
    std::string kind;                  ///< in the cache
    std::string key;                   ///< when all of it comes as wheels
    std::string key_of_day;  ///< when some is built here, by what the index has that day for building
};

/// Reads the lock; `folder` is for one that has to be translated.
LockedPart locked_part(const Settings& settings, const BuildRoot& root, const Interpreter& interpreter,
                       const Source& source, const std::filesystem::path& folder) {
    const std::filesystem::path& named = settings.python.requirements;
    LockedPart locked{source.folder / named, fmt::format("the lock {}", named.string()), {}, {}, {}, {}};
    const std::string attempt = fmt::format("cannot install the dependencies of {}", settings.service.name);
    if (leads_elsewhere(source.folder, named))
        throw Error(attempt, fmt::format("the lock file {} is behind a symbolic link", named.string()),
                    "name the file itself in [python] requirements");
    if (!std::filesystem::is_regular_file(locked.file))
        throw Error(
            attempt, fmt::format("there is no lock file {}", named.string()),
            "make one with pinned versions and hashes (pip-compile --generate-hashes), or an empty one when "
            "there are no dependencies; [python] requirements names it");
    const bool translated = is_pylock(locked.file.filename().string());
    if (translated) {
        const std::filesystem::path requirements = folder / "requirements-of-lock.txt";
        write_file(requirements, requirements_of_pylock(read_text(locked.file), named.string()));
        locked.file = requirements;
    }
    locked.whole = whole_lock(locked.file, translated ? folder : source.folder);
    locked.kind = root.cache_kind("environment");
    if (locked.whole) {
        const std::string place = root.key() + settings.deb.prefix.string() + '\n';
        locked.key = locked_key(settings.python, interpreter, place, *locked.whole);
        locked.key_of_day = dependency_key(settings.python, interpreter, place + *locked.whole, source.now);
    }
    return locked;
}

/// pip, as it installs into an environment that lies in the folder `staging` and is seen at the prefix.
class Installer {
  public:
    /// `lines` are those that an index is asked for before, see pip_sources(). `home` becomes pip's.
    Installer(const host::Processes& processes, const Settings& settings, const BuildRoot& root,
              const Interpreter& interpreter, const Source& source,
              const std::optional<std::vector<std::string>>& lines, const std::filesystem::path& home,
              const BuildCache& cache, const std::filesystem::path& staging)
        : processes_(processes),
          settings_(settings),
          interpreter_(interpreter),
          prefix_(settings.deb.prefix),
          staging_(staging),
          home_(home),
          sources_(
              pip_sources(processes, settings, root, interpreter,
                          {.lines = lines.value_or(std::vector<std::string>()), .locked = lines.has_value()},
                          time_of_built, home, cache)),
          report_(home / "home/report.json"),  // which is lent to it
          mount_point_(root.system() / prefix_.relative_path()) {
        sources_.environment["PYTHONDONTWRITEBYTECODE"] = "1";
        sources_.confinement = sources_.confinement.with(source.folder);
        sources_.confinement.places.push_back({staging_, prefix_, true});
        lend_staging();
    }

    void lend_staging() const { lend(staging_, sources_.confinement); }

    /// The folder of the service's wheel.
    void add_links(const std::filesystem::path& folder, const std::filesystem::path& wheel) {
        std::string& links = sources_.environment["PIP_FIND_LINKS"];
        links += (links.empty() ? "" : " ") + folder.string();
        sources_.confinement = sources_.confinement.with(folder / wheel);
    }

    void make_environment() const {
        processes_.check(confined({.argv = {interpreter_.executable.string(), "-I", "-m", "venv",
                                            "--without-pip", prefix_.string()},
                                   .environment = sources_.environment},
                                  sources_.confinement),
                         fmt::format("cannot make a virtual environment at {}", prefix_.string()));
    }

    /// What is locked. While pip still has an index to ask, it gets what was fetched by itself: of a file
    /// that both have it would take the index's.
    std::vector<PythonFile> install_locked(const std::filesystem::path& file, const std::string& what) const {
        if (!sources_.confinement.network || sources_.fetched.empty()) return install(file, file, what);
        const std::filesystem::path fetched = home_ / "requirements-fetched.txt";
        write_file(fetched, fmt::format("{}\n", fmt::join(sources_.fetched, "\n")));
        PipSources links = sources_;
        builder::leave_index(links);
        // Some may need what has to be built, and comes after them.
        const std::vector<PythonFile> files = install_from(links, fetched, fetched, what, {"--no-deps"});
        return joined_files(files, install(file, file, what));
    }

    /// From now on pip has the links alone: all that is locked is installed.
    void leave_index() {
        builder::leave_index(sources_);
        locked_is_there_ = true;
    }

    /// `more` is a file that `requirements` names.
    std::vector<PythonFile> install(const std::filesystem::path& requirements,
                                    const std::filesystem::path& more, const std::string& what) const {
        return install_from(sources_, requirements, more, what, {});
    }

  private:
    std::vector<PythonFile> install_from(const PipSources& sources, const std::filesystem::path& requirements,
                                         const std::filesystem::path& more, const std::string& what,
                                         const std::vector<std::string>& options) const {
        std::string said;
        host::Command pip{
            .argv = pip_command(interpreter_, prefix_,
                                {"install", "--require-hashes", "--no-compile", "--no-warn-script-location",
                                 "--report", report_.string(), "--requirement", requirements.string()}),
            .environment = sources.environment,
            .timeout = settings_.build.timeout,
            .on_output = [&](std::string_view piece) { keep_end(said, piece); }};
        pip.argv.insert(pip.argv.end(), options.begin(), options.end());
        try {
            run_pip(processes_, std::move(pip), sources.confinement.with(requirements).with(more),
                    report_.parent_path(), fmt::format("cannot install {}", what));
        } catch (const Unsure&) {
            throw;
        } catch (const Error& error) {
            const Error::Parts& parts = error.parts();
            std::string advice = advice_on_missing(parts.cause, settings_.python, interpreter_);
            if (!advice.empty() && locked_is_there_)
                advice = "the service needs it: it belongs into the lock, with its hashes";
            throw Error(parts.attempt, parts.cause + conflict_text(said),
                        advice.empty() ? parts.hint : advice);
        }
        return parse_pip_report(read_made(report_, longest_report));
    }

    const host::Processes& processes_;
    const Settings& settings_;
    const Interpreter& interpreter_;
    std::filesystem::path prefix_;
    std::filesystem::path staging_;
    std::filesystem::path home_;
    PipSources sources_;
    std::filesystem::path report_;
    bool locked_is_there_ = false;
    MountPoint mount_point_;
};

/// The lines of a lock, when each is for itself: with an index that has a password they have to be.
std::optional<std::vector<std::string>> single_lines(const Settings& settings, const LockedPart& locked) {
    const std::string text = read_text(locked.file);
    const auto plain = [](const std::string& line) { return line.empty() || is_plain_requirement(line); };
    if (settings.python.pip_config.empty() &&
        (!locked.whole || !std::ranges::all_of(logical_lines(text), plain)))
        return {};
    return plain_requirements(text);
}

/// Makes the environment with what the lock names, and keeps a copy.
void install_lock(const Installer& installer, const LockedPart& locked, const Interpreter& interpreter,
                  const std::vector<std::filesystem::path>& folders, const BuildCache& cache,
                  const std::filesystem::path& staging) {
    installer.make_environment();
    std::vector<PythonFile> files;
    if (has_requirements(read_text(locked.file))) files = installer.install_locked(locked.file, locked.text);
    // What names this run's folders is found now: a later run takes it from the cache and looks for its own.
    refuse_paths(staging, folders);
    const std::filesystem::path kept_files = staging / files_name;
    std::filesystem::remove(kept_files);  // whatever a wheel has put there
    write_new(kept_files, python_files_text(files));
    refuse_planted(staging, interpreter.site_packages);
    take_over(staging);
    const bool wheels =
        std::ranges::all_of(files, [](const PythonFile& file) { return file.file.ends_with(".whl"); });
    if (locked.whole) cache.keep(locked.kind, wheels ? locked.key : locked.key_of_day, staging);
}

}  // namespace

std::vector<PythonFile> build_environment(const host::Processes& processes, const Settings& settings,
                                          const BuildRoot& root, const Interpreter& interpreter,
                                          const Source& source, const Products& products,
                                          const std::filesystem::path& scratch, const BuildCache& cache,
                                          const std::filesystem::path& staging) {
    const std::filesystem::path home = scratch / ("installer" + root.target());
    std::filesystem::create_directories(home);
    std::filesystem::create_directories(staging.parent_path());
    const LockedPart locked = locked_part(settings, root, interpreter, source, home);
    const bool kept = locked.whole && (cache.take(locked.kind, locked.key, staging) ||
                                       cache.take(locked.kind, locked.key_of_day, staging));
    Installer installer(processes, settings, root, interpreter, source,
                        kept ? std::vector<std::string>() : single_lines(settings, locked), home, cache,
                        staging);
    if (!kept) {
        install_lock(installer, locked, interpreter, {scratch, source.folder}, cache, staging);
        installer.lend_staging();
    }
    const std::filesystem::path kept_files = staging / files_name;
    const std::vector<PythonFile> files = parse_python_files(read_text(kept_files));
    std::filesystem::remove(kept_files);
    installer.add_links(products.folder, products.wheel);
    if (locked.whole) installer.leave_index();  // all that may still come is the service's own wheel
    // Once more with the lock: a dependency of the service that it lacks is then an error.
    return joined_files(
        files, installer.install(
                   write_requirements(settings, locked.file, products, home), locked.file,
                   fmt::format("{} {} and {}", settings.service.name, products.version.text(), locked.text)));
}

void prepare_environment(const host::Processes& processes, const Settings& settings, const BuildRoot& root,
                         const Interpreter& interpreter, const Source& source,
                         const std::filesystem::path& scratch, const BuildCache& cache) {
    std::filesystem::create_directories(scratch);
    const LockedPart locked = locked_part(settings, root, interpreter, source, scratch);
    if (!locked.whole || cache.has(locked.kind, locked.key) || cache.has(locked.kind, locked.key_of_day))
        return;
    const std::filesystem::path staging = scratch / "environment";
    const Installer installer(processes, settings, root, interpreter, source, single_lines(settings, locked),
                              scratch / "installer", cache, staging);
    install_lock(installer, locked, interpreter, {scratch, source.folder}, cache, staging);
    remove_tree(staging);
}

}  // namespace dray::builder
