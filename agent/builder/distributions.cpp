// The sdist and the wheel of a service.
#include "builder/distributions.h"

#include "builder/pyproject.h"
#include "error.h"

#include <spdlog/fmt/fmt.h>

#include <sstream>
#include <utility>

namespace dray::builder {
namespace {

constexpr auto build_timeout = std::chrono::minutes(30);  // an extension in C++ may take many minutes

constexpr auto pretend_version = {"SETUPTOOLS_SCM_PRETEND_VERSION", "PBR_VERSION", "PDM_BUILD_SCM_VERSION"};

/// What `python3 -m build` does, by its library: that command makes two isolated environments, each with a
/// pip of its own, which takes four times as long as one environment that the interpreter's pip fills.
/// `source` is a folder, or an sdist of which the wheel alone is built.
constexpr auto build_script = R"(import fcntl, glob, gzip, os, subprocess, sys, tarfile
import build

interpreter, source, environment, unpacked, out = sys.argv[1:]
pretend = ("SETUPTOOLS_SCM_PRETEND_VERSION", "PBR_VERSION", "PDM_BUILD_SCM_VERSION")
python = os.path.join(environment, "bin", "python")
# What is installed in the environment; written last, so that one cut short is made again.
marker = os.path.join(environment, "dray-build-installed")
os.makedirs(environment, exist_ok=True)
lock = os.open(environment, os.O_RDONLY)
fcntl.flock(lock, fcntl.LOCK_EX)
if not os.path.exists(marker):
    subprocess.run([interpreter, "-I", "-m", "venv", "--clear", "--without-pip", environment], check=True)
    installed = set()
else:
    with open(marker) as lines:
        installed = set(lines.read().splitlines())

def install(requirements):
    if requirements := set(requirements) - installed:
        if os.path.exists(marker):
            os.unlink(marker)
        # The version is the service's, and none for a build requirement that is made from its sdist here.
        own = {name: value for name, value in os.environ.items() if name not in pretend}
        subprocess.run([sys.executable, "-I", "-m", "pip", "--python", python, "install", "--quiet",
                        "--no-warn-script-location", "--", *sorted(requirements)], check=True, env=own)
        installed.update(requirements)
    with open(marker, "w") as lines:
        lines.write("\n".join(sorted(installed)))

def make(kind, folder):
    project = build.ProjectBuilder(folder, python_executable=python)
    install(project.get_requires_for_build(kind))
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
    made = source
    if os.path.isdir(source):
        install(build.ProjectBuilder(source, python_executable=python).build_system_requires)
        made = repack(make("sdist", source))
    with tarfile.open(made) as sdist:
        if hasattr(tarfile, "data_filter"):
            sdist.extraction_filter = tarfile.data_filter
        sdist.extractall(unpacked)
    [folder] = glob.glob(os.path.join(unpacked, "*", ""))
    install(build.ProjectBuilder(folder, python_executable=python).build_system_requires)
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
std::string metadata_version(const host::Processes& processes, const std::filesystem::path& sdist) {
    const std::string name = sdist.filename().string();
    const std::string folder = name.substr(0, name.size() - std::string_view(".tar.gz").size());
    std::istringstream lines(processes
                                 .check({.argv = {"tar", "--extract", "--gzip", "--to-stdout", "--file",
                                                  sdist.string(), "--", folder + "/PKG-INFO"}},
                                        fmt::format("cannot read the metadata of {}", name))
                                 .output);
    constexpr std::string_view field = "Version: ";
    for (std::string line; std::getline(lines, line) && !line.empty();)
        if (line.starts_with(field)) return line.substr(field.size());
    return {};
}

std::string project_text(const Settings& settings, const host::Files& files, const Source& source) {
    auto pyproject = files.read(source.folder / "pyproject.toml", 1u << 20);
    if (!pyproject)
        throw Error(fmt::format("cannot build {}", settings.service.name), "there is no pyproject.toml",
                    "a service is built by PEP 517: add one with [build-system] and [project]");
    return std::move(*pyproject);
}

/// What is built from what, and where that is put.
struct Build {
    std::filesystem::path from;
    std::filesystem::path unpacked;
    std::filesystem::path out;
    std::string pyproject;
    std::string version;
};

void run_build(const host::Processes& processes, const Settings& settings, const BuildRoot& root,
               const Interpreter& interpreter, const Source& source, const std::filesystem::path& scratch,
               const BuildCache& cache, const Build& build) {
    auto environment = python_environment(settings.python, scratch, source.time);
    if (version_source(build.pyproject) != VersionSource::text)
        for (const char* name : pretend_version)
            environment[name] = build.version;
    const std::string kind = root.is_host() ? "build" : "build." + root.target();
    const std::filesystem::path isolated =
        cache.path(kind, dependency_key(settings.python, interpreter,
                                        root.key() + build_requirements(build.pyproject), source.now));
    std::filesystem::create_directories(root.is_host() ? isolated.parent_path() : isolated);
    // Tools that a build backend starts are found in the environment, as `python3 -m build` arranges it.
    environment["PATH"] = (isolated / "bin").string() + ":/usr/sbin:/usr/bin:/sbin:/bin";
    processes.check(root.inside({.argv = {interpreter.tools.string(), "-I", "-c", build_script,
                                          interpreter.executable.string(), build.from.string(),
                                          isolated.string(), build.unpacked.string(), build.out.string()},
                                 .environment = environment,
                                 .directory = source.folder,
                                 .timeout = build_timeout},
                                {{isolated, isolated, true}}),
                    fmt::format("cannot build {} {}", settings.service.name, build.version));
    cache.tidy(kind);
}

}  // namespace

void check_file_name(std::string_view file, std::string_view distribution, const Version& version) {
    const auto refuse = [&] {
        throw Error(
            fmt::format("cannot release {} {}", distribution, version.text()),
            fmt::format("the build made {}", file),
            "[service] name must be the project's name, and its version must come from [project] version or "
            "from setuptools-scm, hatch-vcs, pdm or pbr");
    };
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
        if (!file.ends_with(".whl") || dash == name.npos) refuse();
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
    const std::string pyproject = project_text(settings, files, source);
    if (version_source(pyproject) == VersionSource::text)
        files.write(source.folder / "pyproject.toml", with_version(pyproject, version),
                    {.owner = {}, .group = {}, .mode = 0644});
    const std::filesystem::path out = scratch / "distributions";
    run_build(processes, settings, BuildRoot(), interpreter, source, scratch, cache,
              {source.folder, scratch / "unpacked-sdist", out, pyproject, version});

    products.sdist = only_file(out, ".tar.gz");
    products.wheel = only_file(out, ".whl");
    check_file_name(products.sdist, settings.service.name, products.version);
    check_file_name(products.wheel, settings.service.name, products.version);
    if (const std::string said = metadata_version(processes, out / products.sdist); said != version)
        throw Error(fmt::format("cannot release {} {}", settings.service.name, version),
                    fmt::format("the metadata of {} says version \"{}\"", products.sdist, said));
    std::filesystem::create_directories(products.folder);
    for (const std::string& file : {products.sdist, products.wheel})
        std::filesystem::copy_file(out / file, products.folder / file,
                                   std::filesystem::copy_options::overwrite_existing);
}

std::filesystem::path build_wheel(const host::Processes& processes, host::Files& files,
                                  const Settings& settings, const BuildRoot& root,
                                  const Interpreter& interpreter, const Source& source,
                                  const std::filesystem::path& scratch, const BuildCache& cache,
                                  const Products& products) {
    const std::filesystem::path out = scratch / ("distributions." + root.target());
    run_build(processes, settings, root, interpreter, source, scratch, cache,
              {products.folder / products.sdist, scratch / ("unpacked-sdist." + root.target()), out,
               project_text(settings, files, source), products.version.text()});
    const std::string wheel = only_file(out, ".whl");
    check_file_name(wheel, settings.service.name, products.version);
    return out / wheel;
}

}  // namespace dray::builder
