// The virtual environment of a service, made at its final path.
#include "builder/environment.h"

#include "builder/scratch.h"
#include "error.h"

#include <spdlog/fmt/fmt.h>

#include <fstream>

namespace dray::builder {
namespace {

constexpr auto install_timeout = std::chrono::minutes(30);  // hundreds of wheels, some of them built here

/// A requirements file that takes the lock as it is, and the service's wheel by its hash. The wheel is found
/// by name among the links and not given by its path: pip would keep that path in direct_url.json.
std::filesystem::path write_requirements(const host::Processes& processes, const Settings& settings,
                                         const std::filesystem::path& lock, const Products& products,
                                         const std::filesystem::path& scratch) {
    const std::filesystem::path file = scratch / "requirements-with-service.txt";
    std::ofstream out(file);
    out << "-r " << lock.string() << '\n'
        << settings.service.name << "==" << products.version.text()
        << " --hash=sha256:" << sha256(processes, {products.folder / products.wheel}).front() << '\n';
    if (!out.flush()) throw Error(fmt::format("cannot write {}", file.string()), "the disk may be full");
    return file;
}

}  // namespace

host::Command with_mount(host::Command command, const std::filesystem::path& staging,
                         const std::filesystem::path& prefix) {
    // unshare makes all mounts private first, so nothing is seen outside.
    std::vector<std::string> argv{"unshare",
                                  "--mount",
                                  "--propagation",
                                  "private",
                                  "--",
                                  "sh",
                                  "-c",
                                  "mount --bind -- \"$0\" \"$1\" && shift && exec \"$@\"",
                                  staging.string(),
                                  prefix.string()};
    argv.insert(argv.end(), command.argv.begin(), command.argv.end());
    command.argv = std::move(argv);
    return command;
}

void build_environment(const host::Processes& processes, const Settings& settings,
                       const Interpreter& interpreter, const Source& source, const Products& products,
                       const std::filesystem::path& scratch, const std::filesystem::path& staging) {
    const std::filesystem::path& prefix = settings.deb.prefix;
    const std::filesystem::path lock = source.folder / settings.python.requirements;
    if (!std::filesystem::is_regular_file(lock))
        throw Error(
            fmt::format("cannot install the dependencies of {}", settings.service.name),
            fmt::format("there is no lock file {}", settings.python.requirements.string()),
            "make one with pinned versions and hashes (pip-compile --generate-hashes), or an empty one when "
            "there are no dependencies; [python] requirements names it");

    auto environment = python_environment(settings.python, scratch, source.time);
    environment["PYTHONDONTWRITEBYTECODE"] = "1";
    std::string& links = environment["PIP_FIND_LINKS"];
    links += (links.empty() ? "" : " ") + products.folder.string();

    std::filesystem::create_directories(staging);
    const MountPoint mount_point(prefix);
    const std::string python = interpreter.executable.string();
    processes.check(with_mount({.argv = {python, "-I", "-m", "venv", "--without-pip", prefix.string()},
                                .environment = environment},
                               staging, prefix),
                    fmt::format("cannot make a virtual environment at {}", prefix.string()));
    const auto requirements = write_requirements(processes, settings, lock, products, scratch);
    processes.check(
        with_mount({.argv = {python, "-I", "-m", "pip", "--python", (prefix / "bin/python").string(),
                             "install", "--require-hashes", "--no-compile", "--no-warn-script-location",
                             "--requirement", requirements.string()},
                    .environment = environment,
                    .timeout = install_timeout},
                   staging, prefix),
        fmt::format("cannot install {} {} and its lock {}", settings.service.name, products.version.text(),
                    settings.python.requirements.string()));
}

}  // namespace dray::builder
