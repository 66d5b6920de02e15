// The Python interpreter that a service is built with and runs on.
#include "builder/python.h"

#include "builder/confinement.h"
#include "error.h"

#include <spdlog/fmt/fmt.h>

#include <unistd.h>

#include <charconv>
#include <limits>
#include <sstream>
#include <utility>

namespace dray::builder {
namespace {

/// Of the interpreter its implementation and versions, and on a second line what is there to build with: how
/// pip is run by another interpreter, or the first module that is missing.
constexpr auto describe = R"(import importlib.util, os, platform, sys
pypy = getattr(sys, "pypy_version_info", None)
print(platform.python_implementation(), *sys.version_info[:2],
      ".".join(map(str, (pypy or sys.version_info)[:3])))
found = {name: importlib.util.find_spec(name) for name in ("build", "pip", "venv")}
runner = found["pip"] and os.path.join(os.path.dirname(found["pip"].origin or ""), "__pip-runner__.py")
print(next((name for name in found if found[name] is None), runner))
)";

constexpr auto usual_tools = "/usr/bin/python3";

std::filesystem::path real_path(const host::Processes& processes, const Settings& settings,
                                const BuildRoot& root, const std::string& attempt) {
    const std::filesystem::path& path = settings.python.interpreter;
    const std::string advice = "set [python] interpreter to one that is installed";
    if (root.is_host()) {
        std::error_code error;
        std::filesystem::path found = std::filesystem::canonical(path, error);
        if (error) throw Error::system(attempt, error.value(), advice);
        return found;
    }
    // A link in a tree leads to another file there than here.
    const auto found = processes.run(
        root.own_command({.argv = {"realpath", "--canonicalize-existing", "--", path.string()}}, settings));
    if (!found.ok())
        throw Error(attempt, found.errors.empty() ? found.outcome() : found.errors,
                    fmt::format("[targets.{}] packages names the package that has it", root.target()));
    return found.output.substr(0, found.output.find('\n'));
}

}  // namespace

std::string owning_package(const std::string& answer) {
    std::istringstream lines(answer);
    for (std::string line; std::getline(lines, line);)
        if (!line.starts_with("diversion by ")) return line.substr(0, line.find_first_of(":,"));
    return {};
}

std::string runtime_package(const std::string& file_package) {
    constexpr std::string_view minimal = "-minimal";
    return file_package.ends_with(minimal) ? file_package.substr(0, file_package.size() - minimal.size())
                                           : file_package;
}

Interpreter find_interpreter(const host::Processes& processes, const Settings& settings,
                             const BuildRoot& root) {
    const std::filesystem::path& path = settings.python.interpreter;
    const auto in = [&](std::vector<std::string> words) {
        return confined({.argv = std::move(words)}, root.with_dpkg(settings));
    };
    const std::string attempt =
        root.is_host() ? fmt::format("cannot use the interpreter {}", path.string())
                       : fmt::format("cannot use the interpreter {} of {}", path.string(), root.target());
    Interpreter interpreter{.executable = real_path(processes, settings, root, attempt),
                            .depends = {},
                            .version = {},
                            .site_packages = {},
                            .tools = {},
                            .pip = {}};

    host::Command search = in({"dpkg-query", "--search", interpreter.executable.string()});
    search.success = {0, 1};  // when it knows no such file
    const std::string package = runtime_package(owning_package(processes.check(search, attempt).output));
    if (package.empty())
        throw Error(attempt, fmt::format("dpkg does not know {}", interpreter.executable.string()),
                    "a service runs on its hosts' own Python: take one that a package brought, such as "
                    "/usr/bin/python3");

    const auto described = [&](const std::filesystem::path& python) {
        return processes.check(in({python.string(), "-I", "-c", describe}), attempt).output;
    };
    std::istringstream answer(described(interpreter.executable));
    std::string implementation;
    answer >> implementation >> interpreter.major >> interpreter.minor >> interpreter.version;
    const std::string minor = fmt::format("{}.{}", interpreter.major, interpreter.minor);
    if (implementation == "CPython") {
        interpreter.tools = interpreter.executable;
        interpreter.depends = {package};
        interpreter.site_packages = fmt::format("lib/python{}/site-packages", minor);
    } else if (implementation == "PyPy") {
        interpreter.tools = usual_tools;
        interpreter.depends = pypy_range(package, interpreter.version);
        interpreter.site_packages = fmt::format("lib/pypy{}/site-packages", minor);
    } else {
        throw Error(attempt, fmt::format("{} is not supported", implementation), "use CPython or PyPy");
    }
    // One start is enough where what is built with is the same.
    if (interpreter.tools != interpreter.executable)
        answer = std::istringstream(described(interpreter.tools));
    std::string found;
    answer.ignore(std::numeric_limits<std::streamsize>::max(), '\n');
    std::getline(answer, found);
    if (!found.starts_with('/'))
        throw Error(attempt, fmt::format("{} has no module {}", interpreter.tools.string(), found),
                    "apt-get install python3-build python3-pip python3-venv");
    interpreter.pip = found;
    return interpreter;
}

std::vector<std::string> pypy_range(const std::string& package, const std::string& version) {
    const std::size_t dot = version.rfind('.');
    int micro = 0;
    const char* end = version.data() + version.size();
    if (dot == version.npos || std::from_chars(version.data() + dot + 1, end, micro).ptr != end)
        throw Error(fmt::format("cannot depend on {}", package),
                    fmt::format("its version is \"{}\"", version));
    return {fmt::format("{} (>= {})", package, version),
            fmt::format("{} (<< {}.{}~)", package, version.substr(0, dot), micro + 1)};
}

std::map<std::string, std::string> python_environment(const Settings::Python& python,
                                                      const std::filesystem::path& home,
                                                      std::chrono::sys_seconds time) {
    std::filesystem::create_directories(home / "tmp");
    std::map<std::string, std::string> environment{
        {"LC_ALL", "C.UTF-8"},
        {"TZ", "UTC"},
        {"TMPDIR", (home / "tmp").string()},
        {"SOURCE_DATE_EPOCH", std::to_string(time.time_since_epoch().count())},
        {"PYTHONHASHSEED", "0"},
        {"PIP_DISABLE_PIP_VERSION_CHECK", "1"},
        {"PIP_NO_INPUT", "1"},
        {"PIP_NO_CACHE_DIR", "1"},
        {"PIP_NO_COMPILE", "1"},
        {"PIP_ROOT_USER_ACTION", "ignore"},
    };
    if (python.only_wheels) environment["PIP_ONLY_BINARY"] = ":all:";
    if (python.no_index || ::geteuid() == 0) environment["HOME"] = home.string();
    // What an index with a password has is fetched beforehand.
    if (python.no_index || !python.pip_config.empty()) {
        environment["PIP_NO_INDEX"] = "1";
        environment["PIP_CONFIG_FILE"] = "/dev/null";
    }
    std::string links;
    for (const std::string& wheelhouse : python.wheelhouses)
        links += (links.empty() ? "" : " ") + wheelhouse;
    if (!links.empty()) environment["PIP_FIND_LINKS"] = links;
    return environment;
}

}  // namespace dray::builder
