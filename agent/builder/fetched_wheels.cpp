// Where pip takes files from, and how it gets at an index that wants a password.
#include "builder/fetched_wheels.h"

#include "builder/written_file.h"
#include "error.h"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <cctype>
#include <fstream>
#include <sstream>
#include <string_view>
#include <utility>

namespace dray::builder {
namespace fs = std::filesystem;
namespace {

/// pip's own modules are CPython's, and work for PyPy as well.
constexpr auto fetch_script = R"(import resource, runpy, sys
# From here on not even pip can start a program, such as the setup.py of an sdist.
resource.setrlimit(resource.RLIMIT_NPROC, (0, 0))
sys.path.append("/usr/lib/python3/dist-packages")
runpy.run_module("pip", run_name="__main__", alter_sys=True)
)";

constexpr auto shown_config = "/run/dray-build/pip.conf";

Confinement with_wheelhouses(Confinement confinement, const Settings& settings) {
    for (const std::string& wheelhouse : settings.python.wheelhouses)
        if (fs::exists(wheelhouse)) confinement = confinement.with(wheelhouse);
    return confinement;
}

/// The text of a requirement, of which nothing is an option, a path, a URL, or expanded by pip.
bool is_plain_requirement(std::string_view text) {
    return !text.empty() && std::isalnum(static_cast<unsigned char>(text.front())) != 0 &&
           text.find_first_of("@/\\$") == text.npos && std::all_of(text.begin(), text.end(), [](char c) {
               return static_cast<unsigned char>(c) >= ' ' && c != '\x7f';
           });
}

bool is_plain_hash(std::string_view text) {
    constexpr std::string_view option = "--hash=";
    return text.starts_with(option) && std::all_of(text.begin() + option.size(), text.end(), [](char c) {
               return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == ':';
           });
}

/// Lines that end in a backslash go on; what follows a # at a word's begin is a comment.
std::vector<std::string> joined_lines(const std::string& text) {
    std::vector<std::string> lines;
    std::istringstream in(text);
    std::string whole;
    for (std::string line; std::getline(in, line);) {
        if (line.ends_with('\r')) line.pop_back();
        if (line.starts_with('#')) line.clear();
        if (const std::size_t comment = line.find(" #"); comment != line.npos) line.resize(comment);
        const bool goes_on = line.ends_with('\\');
        if (goes_on) line.back() = ' ';
        whole += line;
        if (goes_on) continue;
        lines.push_back(std::exchange(whole, {}));
    }
    if (!whole.empty()) lines.push_back(whole);
    return lines;
}

std::string text_of_config(const fs::path& file) {
    std::ostringstream text;
    text << std::ifstream(file, std::ios::binary).rdbuf();
    if (!text)
        throw Error(fmt::format("cannot read {}", file.string()), "there is no such file, or it is empty",
                    "[python] pip_config names a configuration file of pip");
    return std::move(text).str();
}

void fetch_wheels(const host::Processes& processes, const Settings& settings, const Interpreter& interpreter,
                  const Requirements& requirements, const PipSources& sources, const fs::path& scratch,
                  const fs::path& to) {
    const fs::path wanted = scratch / "wanted.txt";
    const fs::path config = scratch / "credentials/pip.conf";
    std::string lines;
    for (const std::string& line : requirements.lines) {
        const auto plain = plain_requirements(line);
        for (const std::string& one : plain)
            lines += one + '\n';
    }
    if (lines.empty()) return;
    write_file(wanted, lines);
    // A copy that the user who fetches can read: nobody else gets through to it, as the scratch is root's
    // alone.
    write_file(config, text_of_config(settings.python.pip_config));
    Confinement confinement = sources.confinement.with(wanted).with_lent(to);
    confinement.network = true;
    confinement.places.push_back({config, shown_config});
    lend(to, confinement);
    auto environment = sources.environment;
    environment.erase("PIP_NO_INDEX");
    environment["PIP_CONFIG_FILE"] = shown_config;
    host::Command pip{.argv = {interpreter.executable.string(), "-I", "-c", fetch_script, "download",
                               "--quiet", "--progress-bar", "off", "--only-binary", ":all:", "--dest",
                               to.string(), "--requirement", wanted.string()},
                      .environment = std::move(environment),
                      .timeout = settings.build.timeout};
    if (requirements.locked) pip.argv.insert(pip.argv.end(), {"--require-hashes", "--no-deps"});
    processes.check(confined(std::move(pip), confinement), "cannot fetch wheels from the index");
    fs::remove(config);
}

}  // namespace

std::vector<std::string> plain_requirements(const std::string& lock) {
    std::vector<std::string> plain;
    for (const std::string& line : joined_lines(lock)) {
        std::istringstream words(line);
        std::string requirement;
        std::string hashes;
        bool good = true;
        for (std::string word; words >> word;) {
            if (word.starts_with("--")) {
                good = good && is_plain_hash(word);
                hashes += " " + word;
            } else {
                good = good && hashes.empty();
                requirement += (requirement.empty() ? "" : " ") + word;
            }
        }
        if (requirement.empty() && hashes.empty()) continue;
        if (!good || !is_plain_requirement(requirement))
            throw Error(
                "cannot ask an index that has a password for what is required",
                fmt::format("\"{}\" is more than a name, a version and hashes", requirement + hashes),
                "with [python] pip_config locks and build requirements have no options, paths or URLs");
        plain.push_back(requirement + hashes);
    }
    return plain;
}

PipSources pip_sources(const host::Processes& processes, const Settings& settings, const BuildRoot& root,
                       const Interpreter& interpreter, const Requirements& requirements,
                       std::chrono::sys_seconds time, const fs::path& scratch) {
    const fs::path home = scratch / "home";
    PipSources sources{with_wheelhouses(root.confinement(settings), settings).with_lent(home),
                       python_environment(settings.python, home, time)};
    lend(home, sources.confinement);
    if (settings.python.no_index) return sources;
    if (settings.python.pip_config.empty()) {
        sources.confinement.network = true;
        return sources;
    }
    const fs::path fetched = scratch / "fetched";
    fetch_wheels(processes, settings, interpreter, requirements, sources, scratch, fetched);
    if (!fs::exists(fetched)) return sources;
    sources.confinement = sources.confinement.with(fetched);
    std::string& links = sources.environment["PIP_FIND_LINKS"];
    links += (links.empty() ? "" : " ") + fetched.string();
    return sources;
}

}  // namespace dray::builder
