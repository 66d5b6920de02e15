// Where pip takes files from, what is fetched before, and how it gets at an index that wants a password.
#include "builder/fetched_wheels.h"

#include "builder/file_digest.h"
#include "builder/foreign_tree.h"
#include "builder/lock_file.h"
#include "builder/pip.h"
#include "builder/unsure.h"
#include "builder/written_file.h"
#include "error.h"
#include "host/identity.h"

#include <spdlog/fmt/fmt.h>

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <functional>
#include <iterator>
#include <map>
#include <set>
#include <sstream>
#include <system_error>
#include <utility>

namespace dray::builder {
namespace fs = std::filesystem;
namespace {

/// Its arguments are the pip that installs as well, and what that is to do.
constexpr auto fetch_script = R"(import resource, runpy, sys
# From here on not even pip can start a program, such as the setup.py of an sdist.
resource.setrlimit(resource.RLIMIT_NPROC, (0, 0))
runpy.run_path(sys.argv.pop(1), run_name="__main__")
)";

constexpr auto shown_config = "/run/dray-build/pip.conf";
constexpr std::size_t most_left_out = 8;  // each is one more look at the index

/// Pip only says that it has found nothing.
void require_readable(const fs::path& path, const std::string& user) {
    struct stat status {};
    if (::stat(path.c_str(), &status) != 0) return;  // pip says what is missing
    const mode_t wanted = S_ISDIR(status.st_mode) ? S_IROTH | S_IXOTH : S_IROTH;
    const auto entry = host::find_user(user);
    if ((status.st_mode & wanted) == wanted || (entry && entry->uid == status.st_uid)) return;
    throw Error("cannot use a wheelhouse", fmt::format("{} cannot read {}", user, path.string()),
                fmt::format("whatever is built is built by that user: chmod -R o+rX {}", path.string()));
}

Confinement with_wheelhouses(Confinement confinement, const Settings& settings) {
    for (const std::string& wheelhouse : settings.python.wheelhouses) {
        if (!fs::exists(wheelhouse)) continue;
        confinement = confinement.with(wheelhouse);
        if (::geteuid() != 0) continue;
        require_readable(wheelhouse, confinement.user);
        if (fs::is_directory(wheelhouse))
            for (const auto& entry : fs::directory_iterator(wheelhouse))
                if (entry.is_regular_file()) require_readable(entry.path(), confinement.user);
    }
    return confinement;
}

/// Where pip, as root, would have its index from; a confined one does not see it, and would ask the public
/// index for what is in a private one.
void refuse_unseen_configuration() {
    if (::geteuid() != 0) return;
    for (const char* file :
         {"/etc/pip.conf", "/etc/xdg/pip/pip.conf", "/root/.config/pip/pip.conf", "/root/.pip/pip.conf"}) {
        std::ostringstream text;
        text << std::ifstream(file).rdbuf();
        if (text.str().find("index") != std::string::npos)
            throw Error(
                "cannot install from an index",
                fmt::format("{} names one, which builds do not see: pip would ask its default index", file),
                "name the configuration for builds in [python] pip_config, such as /etc/dray/pip.conf");
    }
}

std::string text_of_config(const fs::path& file) {
    std::ostringstream text;
    text << std::ifstream(file, std::ios::binary).rdbuf();
    if (!text)
        throw Error(fmt::format("cannot read {}", file.string()), "there is no such file, or it is empty",
                    "[python] pip_config names a configuration file of pip");
    return std::move(text).str();
}

/// The wheels of all of these, into the folder `to`.
void fetch_wheels(const host::Processes& processes, const Settings& settings, const BuildRoot& root,
                  const Interpreter& interpreter, const Requirements& requirements,
                  std::chrono::sys_seconds time, const fs::path& scratch, const fs::path& to) {
    const fs::path wanted = scratch / "wanted.txt";
    const fs::path config = scratch / "credentials/pip.conf";
    write_file(wanted, fmt::format("{}\n", fmt::join(requirements.lines, "\n")));
    // Its home is none that anything of what was pushed has been in, or will be.
    const fs::path home = scratch / "home-of-the-fetch";
    remove_tree(home);
    Confinement confinement =
        with_wheelhouses(root.confinement(settings), settings).with(wanted).with_lent(to).with_lent(home);
    confinement.network = true;
    auto environment = python_environment(settings.python, home, time);
    lend(home, confinement);
    lend(to, confinement);
    if (!settings.python.pip_config.empty()) {
        // A copy that the user who fetches can read: nobody else gets through to it, as the scratch is root's
        // alone.
        write_file(config, text_of_config(settings.python.pip_config));
        confinement.places.push_back({config, shown_config});
        environment.erase("PIP_NO_INDEX");
        environment["PIP_CONFIG_FILE"] = shown_config;
    }
    host::Command pip{
        .argv = {interpreter.executable.string(), "-I", "-c", fetch_script, interpreter.pip.string(),
                 "download", "--quiet", "--progress-bar", "off", "--only-binary", ":all:", "--dest",
                 to.string(), "--requirement", wanted.string()},
        .environment = std::move(environment),
        .timeout = settings.build.timeout};
    if (requirements.locked) pip.argv.insert(pip.argv.end(), {"--require-hashes", "--no-deps"});
    run_pip(processes, std::move(pip), confinement, home, "cannot fetch wheels from the index");
    fs::remove(config);
    remove_tree(home);
}

/// The same of those lines that have wheels; whether it is all of them. With `may_lack` the others are left
/// out, when they are few: which they are pip says one by one. What else is wrong is said then by who
/// installs without these files.
bool fetch_what_has_wheels(const std::function<void(const std::vector<std::string>&)>& fetch,
                           std::vector<std::string> lines, bool may_lack) {
    for (std::size_t left_out = 0; left_out <= most_left_out; ++left_out) {
        try {
            if (!lines.empty()) fetch(lines);
            return left_out == 0;
        } catch (const Error& error) {
            if (!may_lack || may_pass(error)) throw;
            const auto lacking = not_found(lines, error.parts().cause);
            if (lacking == lines.end()) return false;
            lines.erase(lacking);
        }
    }
    return false;
}

/// What has been fetched for lines of a lock, and what was fetched for them by an earlier run.
class LockedFiles {
  public:
    LockedFiles(const Settings& settings, const BuildRoot& root, const Interpreter& interpreter,
                const BuildCache& cache)
        : settings_(settings), root_(root), interpreter_(interpreter), files_(cache.files()) {}

    bool take(const std::string& line, const fs::path& to) {
        if (!files_.take(key(line), required_hashes(line), to)) return false;
        met_.insert(line);
        return true;
    }

    /// `folder` has what was fetched, and nobody else writes into it any more.
    void keep(const std::vector<std::string>& lines, const fs::path& folder) {
        std::map<std::string, std::vector<std::string>> wanted;  // the lines of each file that there may be
        for (const std::string& line : lines)
            for (const std::string& sha256 : required_hashes(line))
                wanted[sha256].push_back(line);
        for (const auto& entry : fs::directory_iterator(folder)) {
            if (!entry.is_regular_file()) continue;
            const std::string sha256 = file_sha256(entry.path());
            const std::string name = entry.path().filename().string();
            for (const std::string& line : wanted[sha256]) {
                if (normal_name(name.substr(0, name.find('-'))) != required_name(line)) continue;
                files_.keep(key(line), entry.path(), sha256);
                met_.insert(line);
            }
        }
        files_.tidy();
    }

    bool has(const std::string& line) const { return met_.contains(line); }

  private:
    /// The same index offers the same file for it, to the same interpreter: so a run takes what one that
    /// finds nothing here would.
    std::string key(const std::string& line) const {
        return locked_key(settings_.python, interpreter_, "file\n" + root_.target() + '\n', line);
    }

    const Settings& settings_;
    const BuildRoot& root_;
    const Interpreter& interpreter_;
    KeptFiles files_;
    std::set<std::string> met_;
};

}  // namespace

std::vector<std::string>::iterator not_found(std::vector<std::string>& lines, std::string_view said) {
    constexpr std::string_view begin = "No matching distribution found for ";
    const auto line_of = [&](std::string_view requirement) {
        const std::string name = required_name(std::string(requirement));
        return std::ranges::find(lines, name, required_name);
    };
    if (const std::size_t found = said.find(begin); found != said.npos)
        return line_of(said.substr(found + begin.size()));
    // There are wheels, and the line allows none of them: "    NAME==1.0 from https://…:".
    const std::size_t found = said.find("DO NOT MATCH THE HASHES");
    if (found == said.npos) return lines.end();
    std::istringstream rest{std::string(said.substr(found))};
    for (std::string text; std::getline(rest, text);) {
        const std::size_t from = text.find(" from ");
        const std::size_t start = text.find_first_not_of(' ');
        if (from == text.npos || start >= from) continue;
        if (const auto line = line_of(text.substr(start, from - start)); line != lines.end()) return line;
    }
    return lines.end();
}

void leave_index(PipSources& sources) {
    sources.confinement.network = false;
    sources.environment["PIP_NO_INDEX"] = "1";
    sources.environment["PIP_CONFIG_FILE"] = "/dev/null";
}

bool is_sdist_there(const std::string& requirement, const std::vector<std::string>& wheelhouses) {
    const std::string pinned = requirement.substr(0, requirement.find_first_of(" ;"));
    const std::size_t equal = pinned.find("==");
    if (equal == pinned.npos) return false;
    const std::string name = normal_name(pinned.substr(0, std::min(equal, pinned.find('['))));
    const std::string version = pinned.substr(equal + 2);
    for (const std::string& wheelhouse : wheelhouses) {
        std::error_code missing;
        for (const auto& entry : fs::directory_iterator(wheelhouse, missing)) {
            std::string file = entry.path().filename().string();
            const std::size_t dash = file.rfind('-');
            if (dash == file.npos || normal_name(file.substr(0, dash)) != name) continue;
            if (file.substr(dash + 1) == version + ".tar.gz" || file.substr(dash + 1) == version + ".zip")
                return true;
        }
    }
    return false;
}

std::vector<std::string> plain_requirements(const std::string& lock) {
    std::vector<std::string> plain;
    for (const std::string& line : logical_lines(lock)) {
        if (line.empty()) continue;
        if (!is_plain_requirement(line))
            throw Error(
                "cannot ask an index that has a password for what is required",
                fmt::format("\"{}\" is more than a name, a version and hashes", line),
                "with [python] pip_config locks and build requirements have no options, paths or URLs");
        plain.push_back(line);
    }
    return plain;
}

PipSources pip_sources(const host::Processes& processes, const Settings& settings, const BuildRoot& root,
                       const Interpreter& interpreter, const Requirements& requirements,
                       std::chrono::sys_seconds time, const fs::path& scratch, const BuildCache& cache) {
    const fs::path home = scratch / "home";
    PipSources sources{with_wheelhouses(root.confinement(settings), settings).with_lent(home),
                       python_environment(settings.python, home, time),
                       {}};
    lend(home, sources.confinement);
    if (settings.python.no_index) return sources;
    const bool may_ask = settings.python.pip_config.empty();
    if (may_ask) {
        refuse_unseen_configuration();
        sources.confinement.network = true;
        if (!requirements.locked) return sources;
    }
    const fs::path kept = scratch / "kept";
    const fs::path fetched = scratch / "fetched";
    LockedFiles files(settings, root, interpreter, cache);
    std::vector<std::string> lines;
    std::vector<std::string> missing;
    bool for_pip = false;  // whether some line is left to it
    for (const std::string& text : requirements.lines)
        for (const std::string& line : plain_requirements(text)) {
            if (is_sdist_there(line, settings.python.wheelhouses)) {
                for_pip = for_pip || may_ask;  // which builds it
                continue;
            }
            lines.push_back(line);
            if (!requirements.locked || !files.take(line, kept)) missing.push_back(line);
        }
    const bool all = fetch_what_has_wheels(
        [&](const std::vector<std::string>& wanted) {
            fetch_wheels(processes, settings, root, interpreter, {wanted, requirements.locked}, time, scratch,
                         fetched);
        },
        missing, may_ask);
    if (fs::exists(fetched)) {
        take_over(fetched);
        if (requirements.locked) files.keep(missing, fetched);
    }
    std::string& links = sources.environment["PIP_FIND_LINKS"];
    for (const fs::path& folder : {kept, fetched}) {
        if (!fs::exists(folder)) continue;
        sources.confinement = sources.confinement.with(folder);
        links += (links.empty() ? "" : " ") + folder.string();
    }
    if (links.empty()) sources.environment.erase("PIP_FIND_LINKS");
    std::ranges::copy_if(lines, std::back_inserter(sources.fetched),
                         [&](const std::string& line) { return files.has(line); });
    if (all && !for_pip) leave_index(sources);
    return sources;
}

}  // namespace dray::builder
