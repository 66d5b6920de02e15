// The sdist and the wheel of a service.
#include "builder/distributions.h"

#include "builder/backend_environment.h"
#include "builder/confinement.h"
#include "builder/pyproject.h"
#include "builder/secrets.h"
#include "builder/settings_rules.h"
#include "builder/setup_file.h"
#include "error.h"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <sstream>
#include <utility>

namespace dray::builder {
namespace {

constexpr int most_rounds = 4;  // a backend may want one thing more for the sdist, and one for the wheel
constexpr std::size_t most_requirements = 64u << 10;  // bytes: far more than anybody writes
constexpr int wants_more = 3;

// The last two are of pdm-backend, and of pdm-pep517 before it.
constexpr auto pretend_version = {"SETUPTOOLS_SCM_PRETEND_VERSION", "PBR_VERSION", "PDM_BUILD_SCM_VERSION",
                                  "PDM_PEP517_SCM_VERSION"};

/// What `python3 -m build` does, by its library, and confined: it installs nothing. When the backend wants
/// what the environment does not have, the script says so in a file and with the exit status 3; started again
/// it goes on where it was. `source` is a folder, or an sdist of which the wheel alone is built.
constexpr auto build_script = R"(import glob, gzip, os, subprocess, sys, tarfile
import build

wants_more = 3
environment, installed, source, unpacked, out = sys.argv[1:]
installed = set(installed.splitlines())
python = os.path.join(environment, "bin", "python")

def make(kind, folder):
    project = build.ProjectBuilder(folder, python_executable=python)
    if more := set(project.get_requires_for_build(kind)) - installed:
        with open(os.path.join(out, "requirements"), "w") as lines:
            lines.write("\n".join(sorted(more)))
        sys.exit(wants_more)
    return project.build(kind, out)

def repack(path):
    """The same files with the same bytes each time: backends write the clock, the user and the umask."""
    epoch = int(os.environ["SOURCE_DATE_EPOCH"])
    with tarfile.open(path) as old, open(path + ".new", "wb") as raw, \
            gzip.GzipFile("", "wb", 9, raw, epoch) as packed, \
            tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as new:
        for member in sorted(old.getmembers(), key=lambda member: member.name):
            member.mtime, member.pax_headers = epoch, {}
            member.uid = member.gid = 0
            member.uname = member.gname = ""
            member.mode = 0o755 if member.isdir() or member.mode & 0o100 else 0o644
            new.addfile(member, old.extractfile(member) if member.isfile() else None)
    os.replace(path + ".new", path)
    return path

try:
    if not os.path.exists(unpacked):
        with tarfile.open(source if os.path.isfile(source) else repack(make("sdist", source))) as sdist:
            if hasattr(tarfile, "data_filter"):
                sdist.extraction_filter = tarfile.data_filter
            sdist.extractall(unpacked)
    [folder] = glob.glob(os.path.join(unpacked, "*", ""))
    make("wheel", folder)
except (build.BuildException, build.BuildBackendException, subprocess.CalledProcessError) as error:
    sys.exit(f"dray-build: {error}")
)";

/// The file in `folder` that ends so; there is to be exactly one.
std::string only_file(const std::filesystem::path& folder, std::string_view ending) {
    std::string found;
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
        const std::string name = entry.path().filename().string();
        if (!name.ends_with(ending)) continue;
        if (!found.empty())
            throw Error("cannot tell what was built", fmt::format("there are both {} and {}", found, name));
        found = name;
    }
    if (found.empty()) throw Error("cannot tell what was built", fmt::format("there is no file *{}", ending));
    return found;
}

/// The version in the PKG-INFO of an sdist (core metadata specification): file names can lie.
std::string metadata_version(const host::Processes& processes, const Settings& settings,
                             const std::filesystem::path& sdist) {
    const std::string name = sdist.filename().string();
    const std::string folder = name.substr(0, name.size() - std::string_view(".tar.gz").size());
    std::istringstream lines(
        processes
            .check(confined({.argv = {"tar", "--extract", "--gzip", "--to-stdout", "--file", sdist.string(),
                                      "--", folder + "/PKG-INFO"}},
                            build_confinement(settings).with(sdist)),
                   fmt::format("cannot read the metadata of {}", name))
            .output);
    constexpr std::string_view field = "Version: ";
    for (std::string line; std::getline(lines, line) && !line.empty();)
        if (line.starts_with(field)) return line.substr(field.size());
    return {};
}

/// The text of the project's pyproject.toml, "" when it has a setup.py in its place. That a link there leads
/// to is nothing of the project's.
std::string project_text(host::Files& files, const Settings& settings, const std::filesystem::path& folder) {
    const std::string attempt = fmt::format("cannot build {}", settings.service.name);
    const auto status = [&](const char* name) { return std::filesystem::symlink_status(folder / name); };
    const auto has = [&](const char* name) { return std::filesystem::is_regular_file(status(name)); };
    std::optional<std::string> text;
    if (has("pyproject.toml"))
        text = files.read(folder / "pyproject.toml", 1u << 20);
    else if (!std::filesystem::exists(status("pyproject.toml")) && has("setup.py"))
        text = "";
    if (!text)
        throw Error(attempt, "there is no pyproject.toml, and no setup.py",
                    "a service is built by PEP 517: add a pyproject.toml with [build-system] and [project]");
    if (version_source(*text) == VersionSource::setup_file && !has("setup.py") && !has("setup.cfg"))
        throw Error(attempt, "there is no [project] in its pyproject.toml, and no setup.py",
                    "write [project] with name and version");
    return *text;
}

/// Puts the version where the backend will find it in an export, as far as it is not told by variables.
/// Returns what project_text() did before.
std::string write_version(const host::Processes& processes, host::Files& files, const Settings& settings,
                          const Interpreter& interpreter, const std::filesystem::path& folder,
                          const std::string& version) {
    std::string pyproject = project_text(files, settings, folder);
    switch (version_source(pyproject)) {
        case VersionSource::text:
        case VersionSource::computed:
            files.write(folder / "pyproject.toml", with_version(pyproject, version),
                        {.owner = {}, .group = {}, .mode = 0644});
            break;
        case VersionSource::setup_file:
            write_setup_version(processes, settings, interpreter, folder, version);
            break;
        case VersionSource::environment:
            break;
    }
    return pyproject;
}

/// What is built from what, and where that is put.
struct Build {
    std::filesystem::path from;  ///< a folder, which the backend may write into, or an sdist
    std::filesystem::path work;
    std::filesystem::path out;
    std::string pyproject;
    std::string version;
    bool only_wheel = false;  ///< of a folder as well, which is alone in its own then
};

/// Has the backend make what it is to in `build.out`, in an environment of `root` with what it says that it
/// needs. Returns what that was installed from.
std::vector<PythonFile> run_backend(const host::Processes& processes, const Settings& settings,
                                    const BuildRoot& root, const Interpreter& interpreter,
                                    const BuildTimes& times, const std::filesystem::path& scratch,
                                    const BuildCache& cache, const Build& build) {
    const std::string attempt = fmt::format("cannot build {}", settings.service.name);
    const bool folder = std::filesystem::is_directory(build.from);
    // What is there already is not unpacked.
    const auto unpacked = build.only_wheel ? build.from.parent_path() : build.work / "unpacked-sdist";
    Confinement lent = root.confinement(settings).with_lent(build.work).with_lent(build.out);
    lent = folder ? lent.with_lent(build.from) : lent.with(build.from);
    auto environment = python_environment(settings.python, build.work / "home", times.built);
    if (folder) lend(build.from, lent);
    for (const auto& made : {build.work, build.out})
        lend(made, lent);
    environment.merge(version_variables(build.pyproject, build.version));
    std::set<std::string> requirements = build_requirements(build.pyproject);
    for (int round = 0; round < most_rounds; ++round) {
        const BackendEnvironment tools =
            backend_environment(processes, settings, root, interpreter, requirements, times, scratch, cache);
        // Tools that a backend starts are found in the environment, as `python3 -m build` arranges it.
        environment["PATH"] = (tools.folder / "bin").string() + ":/usr/sbin:/usr/bin:/sbin:/bin";
        const auto result = processes.check(
            confined({.argv = {interpreter.tools.string(), "-I", "-c", build_script, tools.folder.string(),
                               fmt::format("{}", fmt::join(requirements, "\n")), build.from.string(),
                               unpacked.string(), build.out.string()},
                      .environment = environment,
                      .directory = folder ? build.from : build.work,
                      .timeout = settings.build.timeout,
                      .success = {0, wants_more}},
                     lent.with(tools.folder)),
            attempt);
        if (result.exit_code == 0) return tools.files;
        std::istringstream more(read_made(build.out / "requirements", most_requirements));
        for (std::string line; std::getline(more, line);) {
            refuse_requirement(line);
            requirements.insert(line);
        }
    }
    throw Error(attempt, "its backend wants something else again and again");
}

}  // namespace

std::map<std::string, std::string> version_variables(const std::string& pyproject,
                                                     const std::string& version) {
    std::map<std::string, std::string> variables;
    const VersionSource source = version_source(pyproject);
    // Of a setup.py nobody knows whether it asks a plug-in.
    if (source == VersionSource::environment || source == VersionSource::setup_file)
        for (const char* name : pretend_version)
            variables[name] = version;
    return variables;
}

void check_file_name(std::string_view file, std::string_view distribution, const Version& version) {
    const auto refuse = [&] {
        throw Error(
            fmt::format("cannot release {} {}", distribution, version.text()),
            fmt::format("the build made {}", file),
            "[service] name must be the project's name, and its version must come from where dray-build puts "
            "it: see dist in dray-build(1)");
    };
    // What follows the version is shown to people, and ends up in pages and in names of files.
    if (!only(file, "._+!-")) refuse();
    std::string_view name = file;
    std::string_view rest;
    if (file.ends_with(".tar.gz")) {
        name.remove_suffix(7);
        const std::size_t dash = name.rfind('-');
        if (dash == name.npos) refuse();
        rest = name.substr(dash + 1);
        name = name.substr(0, dash);
    } else {
        const std::size_t dash = name.find('-');
        const auto dashes = std::count(file.begin(), file.end(), '-');
        if (!file.ends_with(".whl") || (dashes != 4 && dashes != 5)) refuse();
        rest = name.substr(dash + 1);
        rest = rest.substr(0, rest.find('-'));
        name = name.substr(0, dash);
    }
    if (normal_name(name) != normal_name(distribution) || rest != version.text()) refuse();
}

bool is_pure_wheel(std::string_view file) {
    constexpr std::string_view ending = "-none-any.whl";
    if (!file.ends_with(ending)) return false;
    file.remove_suffix(ending.size());
    std::string_view tags = file.substr(file.rfind('-') + 1);  // "py2.py3"
    for (std::size_t dot = 0; dot != tags.npos; tags.remove_prefix(dot + 1)) {
        if (!tags.starts_with("py")) return false;
        dot = tags.find('.');
        if (dot == tags.npos) break;
    }
    return true;
}

void build_distributions(const host::Processes& processes, host::Files& files, const Settings& settings,
                         const Interpreter& interpreter, const Source& source,
                         const std::filesystem::path& scratch, const BuildCache& cache, Products& products) {
    const std::string version = products.version.text();
    const std::string pyproject =
        write_version(processes, files, settings, interpreter, source.folder, version);
    const std::filesystem::path out = scratch / "distributions";
    products.built_with =
        run_backend(processes, settings, BuildRoot(), interpreter, {source.time, source.now}, scratch, cache,
                    {source.folder, scratch / "backend", out, pyproject, version});

    products.sdist = only_file(out, ".tar.gz");
    products.wheel = only_file(out, ".whl");
    check_file_name(products.sdist, settings.service.name, products.version);
    check_file_name(products.wheel, settings.service.name, products.version);
    // Nobody gets at what holds a secret, not even by a folder that stays.
    const std::filesystem::path taken = scratch / "taken";
    std::filesystem::create_directories(taken);
    for (const std::string& file : {products.sdist, products.wheel})
        take_file(out / file, taken / file);
    refuse_secrets(processes, settings, scratch, {taken / products.sdist, taken / products.wheel});
    std::filesystem::create_directories(products.folder);
    for (const std::string& file : {products.sdist, products.wheel})
        std::filesystem::copy_file(taken / file, products.folder / file,
                                   std::filesystem::copy_options::overwrite_existing);
    if (const std::string said = metadata_version(processes, settings, products.folder / products.sdist);
        said != version)
        throw Error(fmt::format("cannot release {} {}", settings.service.name, version),
                    fmt::format("the metadata of {} says version \"{}\"", products.sdist, said));
}

BuiltWheel build_wheel(const host::Processes& processes, host::Files& files, const Settings& settings,
                       const BuildRoot& root, const Interpreter& interpreter, const Source& source,
                       const std::filesystem::path& scratch, const BuildCache& cache,
                       const Products& products) {
    const std::filesystem::path out = scratch / ("distributions." + root.target());
    BuiltWheel built;
    built.folder = scratch / ("wheel." + root.target());
    built.built_with =
        run_backend(processes, settings, root, interpreter, {source.time, source.now}, scratch, cache,
                    {products.folder / products.sdist, scratch / ("backend." + root.target()), out,
                     project_text(files, settings, source.folder), products.version.text()});
    built.file = only_file(out, ".whl");
    check_file_name(built.file, settings.service.name, products.version);
    std::filesystem::create_directories(built.folder);
    take_file(out / built.file, built.folder / built.file);
    return built;
}

std::filesystem::path build_direct_wheel(const host::Processes& processes, host::Files& files,
                                         const Settings& settings, const Interpreter& interpreter,
                                         const Source& source, const std::filesystem::path& scratch,
                                         const BuildCache& cache, const Version& version) {
    const std::filesystem::path out = scratch / "out";
    const std::string pyproject =
        write_version(processes, files, settings, interpreter, source.folder, version.text());
    run_backend(processes, settings, BuildRoot(), interpreter, {source.time, source.now}, scratch, cache,
                {source.folder, scratch / "backend", out, pyproject, version.text(), true});
    const std::string file = only_file(out, ".whl");
    take_file(out / file, scratch / file);
    return scratch / file;
}

}  // namespace dray::builder
