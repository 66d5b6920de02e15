// The virtual environment of a service, made at its final path.
#include "builder/environment.h"

#include "builder/file_digest.h"
#include "builder/lock_file.h"
#include "builder/package_tree.h"
#include "error.h"

#include <spdlog/fmt/fmt.h>

#include <fstream>
#include <optional>
#include <sstream>

namespace dray::builder {
namespace {

constexpr auto install_timeout = std::chrono::minutes(30);  // hundreds of wheels, some of them built here

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

std::string read_text(const std::filesystem::path& file) {
    std::ostringstream text;
    text << std::ifstream(file, std::ios::binary).rdbuf();
    return text.str();
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

/// What follows an option of a line in a requirements file, "-r more.txt" or "--constraint=limits.txt";
/// nothing when the line is not of that option.
std::optional<std::string> option_value(const std::string& line) {
    for (const std::string_view option : {"--requirement", "--constraint", "-r", "-c"}) {
        if (!line.starts_with(option)) continue;
        const std::size_t begin = line.find_first_not_of(" \t=", option.size());
        if (begin == line.npos || (option.size() > 2 && begin == option.size())) return {};
        const std::size_t end = line.find_last_not_of(" \t\r");
        return line.substr(begin, end + 1 - begin);
    }
    return {};
}

/// A lock with the files that it names, and those that they name (pip's requirements file format).
std::string lock_text(const std::filesystem::path& file, int depth = 0) {
    constexpr int deepest = 16;  // files that name each other: pip says what is wrong with that
    std::string text = read_text(file);
    std::istringstream lines(text);
    for (std::string line; depth < deepest && std::getline(lines, line);)
        if (const auto named = option_value(line))
            text += fmt::format("\n# {}\n{}", *named, lock_text(file.parent_path() / *named, depth + 1));
    return text;
}

}  // namespace

PrefixMount::PrefixMount(const BuildRoot& root, const std::filesystem::path& prefix) {
    if (root.is_host()) point_.emplace(prefix);
}

host::Command with_mount(host::Command command, const BuildRoot& root, const std::filesystem::path& staging,
                         const std::filesystem::path& prefix) {
    if (!root.is_host()) return root.inside(std::move(command), {{staging, prefix, true}});
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

void build_environment(const host::Processes& processes, const Settings& settings, const BuildRoot& root,
                       const Interpreter& interpreter, const Source& source, const Products& products,
                       const std::filesystem::path& scratch, const BuildCache& cache,
                       const std::filesystem::path& staging) {
    const std::filesystem::path& prefix = settings.deb.prefix;
    std::filesystem::path lock = source.folder / settings.python.requirements;
    if (!std::filesystem::is_regular_file(lock))
        throw Error(
            fmt::format("cannot install the dependencies of {}", settings.service.name),
            fmt::format("there is no lock file {}", settings.python.requirements.string()),
            "make one with pinned versions and hashes (pip-compile --generate-hashes), or an empty one when "
            "there are no dependencies; [python] requirements names it");

    if (is_pylock(lock.filename().string())) {
        const std::filesystem::path translated = scratch / "requirements-of-lock.txt";
        std::ofstream(translated) << requirements_of_pylock(read_text(lock),
                                                            settings.python.requirements.string());
        lock = translated;
    }
    auto environment = python_environment(settings.python, scratch, source.time);
    environment["PYTHONDONTWRITEBYTECODE"] = "1";
    std::string& links = environment["PIP_FIND_LINKS"];
    links += (links.empty() ? "" : " ") + products.folder.string();

    const PrefixMount mount_point(root, prefix);
    const auto install = [&](const std::filesystem::path& requirements, const std::string& what) {
        processes.check(with_mount({.argv = {interpreter.tools.string(), "-I", "-m", "pip", "--python",
                                             (prefix / "bin/python").string(), "install", "--require-hashes",
                                             "--no-compile", "--no-warn-script-location", "--requirement",
                                             requirements.string()},
                                    .environment = environment,
                                    .timeout = install_timeout},
                                   root, staging, prefix),
                        fmt::format("cannot install {}", what));
    };
    const std::string locked = fmt::format("the lock {}", settings.python.requirements.string());
    const std::string key = dependency_key(settings.python, interpreter,
                                           root.key() + prefix.string() + '\n' + lock_text(lock), source.now);
    const std::string kind = root.is_host() ? "environment" : "environment." + root.target();
    std::filesystem::create_directories(staging.parent_path());
    if (!cache.take(kind, key, staging)) {
        std::filesystem::create_directories(staging);
        processes.check(with_mount({.argv = {interpreter.executable.string(), "-I", "-m", "venv",
                                             "--without-pip", prefix.string()},
                                    .environment = environment},
                                   root, staging, prefix),
                        fmt::format("cannot make a virtual environment at {}", prefix.string()));
        if (has_requirements(read_text(lock))) install(lock, locked);
        // What names this run's folders is found now: a later run takes it from the cache and looks for its
        // own.
        refuse_paths(staging, {scratch, source.folder});
        cache.keep(kind, key, staging);
    }
    // Once more with the lock: a dependency of the service that it lacks is then an error.
    install(write_requirements(settings, lock, products, scratch),
            fmt::format("{} {} and {}", settings.service.name, products.version.text(), locked));
}

}  // namespace dray::builder
