// The `dray-build` command line: parse, call, exit code.
#include "builder/apt_repository.h"
#include "builder/command_line.h"
#include "builder/confined_run.h"
#include "builder/confinement.h"
#include "builder/durable.h"
#include "builder/pipeline.h"
#include "builder/post_receive.h"
#include "builder/push_queue.h"
#include "builder/push_spool.h"
#include "builder/room.h"
#include "builder/run_log.h"
#include "builder/scratch.h"
#include "builder/trigger.h"
#include "builder/unprivileged_root.h"
#include "builder/unsure.h"
#include "error.h"
#include "host/clock.h"
#include "host/file.h"
#include "host/http.h"
#include "host/interrupt.h"
#include "host/process.h"
#include "printable.h"

#include <spdlog/fmt/fmt.h>

#include <sys/stat.h>
#include <unistd.h>

#include <charconv>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <functional>
#include <iostream>
#include <iterator>
#include <optional>
#include <set>
#include <vector>

namespace {

using namespace dray;
using namespace dray::builder;
namespace fs = std::filesystem;

constexpr int exit_failed = 1;
constexpr int exit_usage = 64;      // sysexits.h, EX_USAGE
constexpr int exit_settings = 65;   // EX_DATAERR
constexpr int exit_try_again = 75;  // EX_TEMPFAIL
constexpr auto host_settings = "/etc/dray/build.toml";

struct UsageError : std::runtime_error {
    using std::runtime_error::runtime_error;
};

/// A pusher who hangs up must not end a release, so a failure to write here is not one.
void say(std::string_view text) {
    std::fwrite(text.data(), 1, text.size(), stderr);
}

std::optional<SettingsText> read_host_settings(const std::string& config) {
    const fs::path file = fs::weakly_canonical(config.empty() ? host_settings : config);
    auto text = host::SystemFiles().read(file, 1u << 20);
    if (text) return SettingsText{file.string(), std::move(*text)};
    if (config.empty()) return {};
    throw Error(fmt::format("cannot read {}", file.string()), "there is no such file");
}

/// Where full logs are kept: as the FHS says for root, as the XDG base directory specification says for a
/// person.
fs::path log_folder() {
    if (::geteuid() == 0) return "/var/log/dray-build";
    const auto variable = [](const char* name) {
        const char* value = std::getenv(name);
        return fs::path(value && *value == '/' ? value : "");
    };
    if (const fs::path state = variable("XDG_STATE_HOME"); !state.empty()) return state / "dray-build";
    const fs::path home = variable("HOME");
    return (home.empty() ? fs::temp_directory_path() : home / ".local/state") / "dray-build";
}

/// Where the states of all repositories are. When that cannot be told, because the settings are broken say,
/// it is the default place.
fs::path state_base(const Arguments& arguments) {
    try {
        const Settings settings = read_settings({}, read_host_settings(arguments.config), Need::nothing);
        return RunState::base(settings.host.state);
    } catch (const std::exception&) {
        return RunState::base({});
    }
}

/// The runs that some history names.
std::set<std::string> wanted_logs(const Arguments& arguments) {
    const host::SystemFiles files;
    try {
        return named_runs(files, state_base(arguments));
    } catch (const std::exception&) {  // somebody else's, say
        return named_runs(files, RunState::base({}));
    }
}

Request make_request(const Arguments& arguments) {
    Request request;
    request.repository = arguments.repository;
    if (fs::exists(arguments.repository)) request.repository = fs::canonical(arguments.repository).string();
    if (has_password(request.repository))
        throw Error("cannot use this repository",
                    "its URL holds a password, which every user of this machine could see",
                    "keep it in a git credential helper or in ~/.netrc");
    request.commit = arguments.commit;
    request.host = read_host_settings(arguments.config);
    if (!arguments.work.empty()) request.work = fs::weakly_canonical(fs::absolute(arguments.work));
    const bool single = arguments.verb == "dist" || arguments.verb == "deb" || arguments.verb == "publish";
    if (single && arguments.work.empty()) request.work = fs::absolute("dist");
    if (!arguments.version.empty()) {
        request.version = Version::parse(arguments.version);
        if (!request.version)
            throw UsageError(fmt::format("--version: {} is not of the form YY.MM.NN", arguments.version));
    }
    return request;
}

void print_products(const Products& products) {
    for (const std::string& file : products.files())
        std::cout << (products.folder / file).string() << '\n';
}

/// What git says was pushed. Read before signals are taken over: a person who tries the hook by hand can stop
/// it.
std::string pushed_lines() {
    return {std::istreambuf_iterator<char>(std::cin), {}};
}

/// Writes down what was pushed before anything else can fail. Returns what could not be kept in the
/// repository, for the builder to take at once; nothing when it is not this process that releases it: no
/// branch was pushed, or whoever pushes is nobody else than git's own user, and a timer or path unit, as
/// root, goes on.
std::optional<std::string> keep_pushed(const Arguments& arguments, const std::string& lines) {
    const bool root = ::geteuid() == 0;
    const std::vector<RefUpdate> updates = parse_ref_updates(lines);
    if (updates.empty()) return root ? std::optional<std::string>(std::string()) : std::nullopt;
    // Among such pushes are those of a builder, which waits for the end of this one: it must not wait for
    // that builder.
    if (!moves_a_branch(updates)) return {};
    std::error_code error;
    const fs::path repository = fs::canonical(arguments.repository, error);
    const PushSpool spool(repository);
    if (error || !spool.possible()) {
        if (root) return lines;
        throw Error(fmt::format("cannot write down what was pushed to {}", arguments.repository),
                    "it is no bare repository on this machine",
                    "--repository names the one that the hook is in");
    }
    try {
        spool.add(lines);
    } catch (const Error& failure) {
        if (!root) throw;
        say(fmt::format("note: {}\n", failure.what()));
        return lines;
    }
    if (root) return std::string();
    say("noted: the build host releases it if it is on the release branch; dray-build status and history "
        "tell\n");
    return {};
}

/// What `look` came to; when that is not known yet, and `again`, systemd is asked to look once more later.
Worked look(Trigger& trigger, bool again, const std::function<Worked()>& how) {
    try {
        const Worked worked = how();
        if (again && worked == Worked::unknown && host::interrupted() == 0) trigger.look_again_later();
        return worked;
    } catch (const std::exception& error) {
        if (again && may_pass(error) && host::interrupted() == 0) trigger.look_again_later();
        throw;
    }
}

int exit_code(Worked worked) {
    if (worked == Worked::failed) return exit_failed;
    return worked == Worked::unknown ? exit_try_again : 0;
}

/// Prints a log of this program's, by the name that the history has.
void print_log(const std::string& run) {
    const std::string name = fs::path(run).filename().string();
    const fs::path file = log_folder() / (name.ends_with(".log") ? name : name + ".log");
    const auto text = host::SystemFiles().read(file);
    if (!text) throw Error(fmt::format("cannot show the run {}", run), "there is no such log any more");
    std::cout << *text;
}

/// The verbs that keep track of pushes; nothing for any other.
std::optional<int> run_trigger(const Arguments& arguments, const std::string& lines, Machine machine,
                               Progress& progress, const fs::path& scratch, const RunName& run) {
    const std::string& verb = arguments.verb;
    const auto trigger = [&] { return Trigger(machine, progress, make_request(arguments), scratch, run); };
    if (verb == "post-receive" || verb == "watch") {
        Trigger one = trigger();
        const bool hook = verb == "post-receive";
        return exit_code(
            look(one, hook || arguments.again, [&] { return hook ? one.post_receive(lines) : one.watch(); }));
    }
    if (verb == "retry") return exit_code(trigger().retry(arguments.words.front()));
    if (verb == "own")
        trigger().own(arguments.words);
    else if (verb == "status")
        std::cout << trigger().status();
    else if (verb == "history")
        std::cout << trigger().history();
    else if (verb == "log")
        print_log(arguments.words.front());
    else if (verb == "hook")
        std::cout
            << install_hook(machine.files, make_request(arguments).repository, arguments.config).string()
            << '\n';
    else
        return {};
    return 0;
}

int generation_of(const std::string& word) {
    int number = 0;
    const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), number);
    if (error != std::errc{} || end != word.data() + word.size() || number < 1)
        throw UsageError(fmt::format("{} is no number of a generation; generations/SUITE has them", word));
    return number;
}

/// The verbs that look after the apt repository; whether it was one.
bool run_maintenance(const Arguments& arguments, Machine machine) {
    const std::string& verb = arguments.verb;
    if (verb != "add" && verb != "promote" && verb != "renew" && verb != "repoint" && verb != "gc")
        return false;
    Settings::Publish settings =
        read_settings({}, read_host_settings(arguments.config), Need::repository).publish;
    if (settings.archive != "built-in")
        throw Error(fmt::format("cannot {}", verb),
                    fmt::format("packages go to the archive \"{}\", and {} is of the built-in one",
                                settings.archive, verb),
                    "the tool that keeps that archive has its own ways");
    if (verb != "promote" && !arguments.to.empty()) settings.suite = arguments.to;
    make_folders(settings.apt);
    const Lock lock(settings.apt, [] { say("waiting for somebody else who changes the repository\n"); });
    AptMaintenance maintenance(machine.processes, machine.clock, settings,
                               [](const std::string& text) { say(text + '\n'); });
    bool changed = true;
    if (verb == "add") {
        changed = maintenance.add({arguments.words.begin(), arguments.words.end()});
    } else if (verb == "promote") {
        changed =
            maintenance.promote(arguments.package, arguments.words.front(), arguments.to, arguments.percent);
    } else if (verb == "renew") {
        changed = maintenance.renew(arguments.now);
    } else if (verb == "repoint") {
        changed = maintenance.repoint(generation_of(arguments.words.front()));
    } else {
        changed = maintenance.prune();
        const int removed = maintenance.collect();
        std::cout << fmt::format("{} removed\n", removed);
    }
    if (!changed && verb != "gc") say("nothing to change\n");
    return true;
}

int run(const Arguments& arguments, const std::string& lines, Machine machine, const fs::path& scratch,
        const RunName& name) {
    Progress progress(machine.clock, say);
    if (run_maintenance(arguments, machine)) return 0;
    if (const auto code = run_trigger(arguments, lines, machine, progress, scratch, name)) return *code;
    Pipeline pipeline(machine, progress, make_request(arguments), scratch);
    if (arguments.verb == "version") {
        std::cout << pipeline.next_version().text() << '\n';
    } else if (arguments.verb == "dist") {
        print_products(pipeline.build_distributions());
    } else if (arguments.verb == "deb") {
        print_products(pipeline.build_deb());
    } else if (arguments.verb == "publish") {
        std::cout << pipeline.publish().version.text() << '\n';
    } else if (arguments.verb == "verify") {
        const auto version = Version::parse(arguments.words.front());
        if (!version)
            throw UsageError(fmt::format("{} is not of the form YY.MM.NN", arguments.words.front()));
        pipeline.verify(*version);
        std::cout << version->text() << " is what its tag builds\n";
    } else if (arguments.verb == "release") {
        std::cout << pipeline.release().version.text() << '\n';
    } else {
        const auto products = arguments.verb == "resume" ? pipeline.resume() : pipeline.abandon();
        if (!products)
            say("no publication was cut off\n");
        else
            std::cout << products->version.text() << '\n';
    }
    return 0;
}

/// Says what has failed and where all of it is written down; returns the exit status.
int tell(const Error& error, int code, RunLog& log) {
    say(fmt::format("error: {}\n", printable(error.text())));
    if (const auto path = log.path()) {
        log.write(fmt::format("error: {}\n", error.text()));
        say(fmt::format("  full log: {}\n", path->string()));
    }
    return code;
}

/// The exit status. `interrupts` is made where from on signals are taken over.
int run_told(const Arguments& arguments, RunLog& log, std::optional<host::InterruptGuard>& interrupts) {
    const bool mounts = arguments.verb == "release" || arguments.verb == "deb" || arguments.verb == "watch" ||
                        arguments.verb == "retry" || arguments.verb == "verify";
    try {
        if (mounts && ::geteuid() != 0)
            throw Error(fmt::format("cannot run dray-build {}", arguments.verb),
                        "it must be run as root: the environment is built at its final path");
        std::string lines;
        if (arguments.verb == "post-receive") {
            const auto left = keep_pushed(arguments, pushed_lines());
            if (!left) return 0;
            lines = *left;
        }
        interrupts.emplace();
        const host::SystemProcesses system;
        const LoggedProcesses processes(system, log);
        host::SystemFiles files;
        const host::SystemClock clock;
        const host::CurlHttp http;
        const Scratch scratch;
        return run(arguments, lines, {processes, files, clock, http}, scratch.path(),
                   {.name = log.name(), .begins = [&] { log.keep(); }});
    } catch (const UsageError& error) {
        say(fmt::format("error: {}\n", error.what()));
        return exit_usage;
    } catch (const SettingsErrors& errors) {
        for (const Error& error : errors.errors())
            say(fmt::format("error: {}\n", error.text()));
        return exit_settings;
    } catch (const Unsure& error) {
        return tell(error, exit_try_again, log);
    } catch (const Error& error) {
        // Outside of a run's steps: a log, a queue of pushes.
        if (!may_pass(error)) return tell(error, exit_failed, log);
        return tell(tells_of_full_disk(error)
                        ? with_room_told(error, {Scratch::parent(), state_base(arguments), log_folder()})
                        : error,
                    exit_try_again, log);
    } catch (const std::exception& error) {  // of the standard library: a full disk, no memory
        return tell(Error("cannot go on", error.what()), may_pass(error) ? exit_try_again : exit_failed, log);
    }
}

int run_logged(const Arguments& arguments) {
    RunLog log(log_folder(), arguments.verb, [&] { return wanted_logs(arguments); });
    // A look every minute that finds nothing leaves no log.
    const bool looks = arguments.verb == "watch" || arguments.verb == "post-receive";
    if (looks) log.hold();
    std::optional<host::InterruptGuard> interrupts;
    const int code = run_told(arguments, log, interrupts);
    if (code != 0 && host::interrupted() != 0) {
        std::cout.flush();
        host::end_by_signal();
    }
    return code;
}

}  // namespace

int main(int count, char** words) {
    ::umask(022);
    // Said by this program to itself alone, and neither a log nor signals are its business.
    if (count > 1 && words[1] == confined_verb) return run_confined({words + 2, words + count});
    if (count > 1 && words[1] == unprivileged_verb)
        return run_by_unprivileged_root({words + 2, words + count});
    std::signal(SIGPIPE, SIG_IGN);
    int code = 0;
    const auto arguments = parse_command_line(count, words, code);
    return arguments ? run_logged(*arguments) : code;
}
