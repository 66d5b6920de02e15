// pip, as builds run it.
#include "builder/pip.h"

#include "builder/unsure.h"
#include "error.h"
#include "printable.h"

#include <spdlog/fmt/fmt.h>

#include <array>
#include <cstddef>
#include <utility>

namespace dray::builder {
namespace {

constexpr std::size_t longest_log = 64u << 20;  // bytes: each link on each page is a line

/// The line without a user's name and password in a URL.
std::string without_passwords(std::string line) {
    for (std::size_t begin = line.find("://"); begin != line.npos; begin = line.find("://", begin + 3)) {
        const std::size_t end = line.find_first_of("/ ", begin + 3);
        const std::size_t at = line.rfind('@', end);
        if (at != line.npos && at > begin) line.erase(begin + 3, at - begin - 2);
    }
    return line;
}

std::string trouble_in(const std::filesystem::path& log) {
    try {
        return unanswered(read_made(log, longest_log));
    } catch (const Error&) {  // what it says of itself is there in any case
        return {};
    }
}

}  // namespace

std::string advice_on_missing(const std::string& said, const Settings::Python& settings,
                              const Interpreter& interpreter) {
    if (said.find("No matching distribution found") == said.npos) return {};
    constexpr auto choice =
        "in the build host's settings (/etc/dray/build.toml) [python] wheelhouses names folders with "
        "wheels, and no_index = false has pip ask an index";
    if (settings.no_index && settings.wheelhouses.empty())
        return fmt::format("there is nothing to take it from: {}", choice);
    const std::string sources = settings.no_index ? "the wheelhouses have" : "the index has";
    const std::string where = fmt::format("{} and this architecture", interpreter.executable.string());
    const std::string more = settings.no_index ? fmt::format("; {}", choice) : std::string();
    if (settings.only_wheels)
        return fmt::format("{} no wheel of it for {}, and [python] only_wheels leaves sdists out{}", sources,
                           where, more);
    return fmt::format("{} no sdist of it, and no wheel for {}{}", sources, where, more);
}

std::string unanswered(std::string_view log) {
    constexpr std::string_view begin = "Could not fetch URL ";
    constexpr std::array<std::string_view, 2> answers{": 404 Client Error", ": 410 Client Error"};
    for (std::size_t found = log.find(begin); found != log.npos; found = log.find(begin, found + 1)) {
        const std::string_view line = log.substr(found, log.find('\n', found) - found);
        bool answered = false;
        for (const std::string_view answer : answers)
            answered = answered || line.find(answer) != line.npos;
        if (!answered) return printable(without_passwords(std::string(line)));
    }
    return {};
}

std::vector<std::string> pip_command(const Interpreter& interpreter, const std::filesystem::path& environment,
                                     std::vector<std::string> words) {
    words.insert(words.begin(), {(environment / "bin/python").string(), interpreter.pip.string()});
    return words;
}

void run_pip(const host::Processes& processes, host::Command pip, const Confinement& confinement,
             const std::filesystem::path& home, const std::string& attempt) {
    const std::filesystem::path log = home / "pip.log";
    std::filesystem::remove(log);
    pip.environment["PIP_LOG"] = log.string();
    try {
        processes.check(confined(std::move(pip), confinement), attempt);
    } catch (const Error& error) {
        const std::string trouble = trouble_in(log);
        if (trouble.empty()) throw;
        throw Unsure(Error(error.parts().attempt, error.parts().cause + "\n    " + trouble,
                           "the index did not answer as one does; [python] says which one it is"));
    }
}

}  // namespace dray::builder
