// The Python interpreter that a service is built with and runs on.
#include "builder/python.h"

#include "error.h"

#include <spdlog/fmt/fmt.h>

#include <sstream>

namespace dray::builder {
namespace {

constexpr auto describe = R"(import importlib.util, platform, sys
missing = [name for name in ("build", "pip", "venv") if importlib.util.find_spec(name) is None]
print(platform.python_implementation(), *sys.version_info[:2], *missing)
)";

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

Interpreter find_interpreter(const host::Processes& processes, const std::filesystem::path& path) {
    const std::string attempt = fmt::format("cannot use the interpreter {}", path.string());
    std::error_code error;
    Interpreter interpreter{.executable = std::filesystem::canonical(path, error), .package = {}};
    if (error)
        throw Error::system(attempt, error.value(), "set [python] interpreter to one that is installed");

    const host::Result owner =
        processes.run({.argv = {"dpkg-query", "--search", interpreter.executable.string()}});
    interpreter.package = runtime_package(owning_package(owner.output));
    if (!owner.ok() || interpreter.package.empty())
        throw Error(attempt, fmt::format("dpkg does not know {}", interpreter.executable.string()),
                    "a service runs on its hosts' own Python: take one that a package brought, such as "
                    "/usr/bin/python3");

    std::istringstream answer(
        processes.check({.argv = {interpreter.executable.string(), "-I", "-c", describe}}, attempt).output);
    std::string implementation;
    answer >> implementation >> interpreter.major >> interpreter.minor;
    if (implementation != "CPython")
        throw Error(attempt, fmt::format("{} is not supported yet", implementation), "use CPython");
    if (std::string module; answer >> module)
        throw Error(attempt, fmt::format("it has no module {}", module),
                    "apt-get install python3-build python3-pip python3-venv");
    return interpreter;
}

std::map<std::string, std::string> python_environment(const Settings::Python& python,
                                                      const std::filesystem::path& scratch,
                                                      std::chrono::sys_seconds time) {
    std::filesystem::create_directories(scratch / "tmp");
    std::map<std::string, std::string> environment{
        {"LC_ALL", "C.UTF-8"},
        {"TZ", "UTC"},
        {"TMPDIR", (scratch / "tmp").string()},
        {"SOURCE_DATE_EPOCH", std::to_string(time.time_since_epoch().count())},
        {"PYTHONHASHSEED", "0"},
        {"PIP_DISABLE_PIP_VERSION_CHECK", "1"},
        {"PIP_NO_INPUT", "1"},
        {"PIP_NO_COMPILE", "1"},
        {"PIP_ROOT_USER_ACTION", "ignore"},
    };
    if (python.no_index) {
        std::filesystem::create_directories(scratch / "home");
        environment["HOME"] = (scratch / "home").string();
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
