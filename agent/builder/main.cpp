// The `dray-build` command line: parse, call, exit code.
#include "builder/pipeline.h"
#include "builder/run_log.h"
#include "builder/scratch.h"
#include "error.h"
#include "host/clock.h"
#include "host/file.h"
#include "host/interrupt.h"
#include "host/process.h"

#include <CLI/CLI.hpp>
#include <spdlog/fmt/fmt.h>

#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <filesystem>
#include <iostream>
#include <iterator>
#include <optional>

namespace {

using namespace dray;
using namespace dray::builder;
namespace fs = std::filesystem;

constexpr int exit_failed = 1;
constexpr int exit_usage = 64;     // sysexits.h, EX_USAGE
constexpr int exit_settings = 65;  // EX_DATAERR
constexpr auto host_settings = "/etc/dray/build.toml";

struct Arguments {
    std::string verb;
    std::string repository = ".";
    std::string commit;
    std::string config;
    std::string work;
    std::string version;
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
            throw CLI::ValidationError("--version",
                                       fmt::format("{} is not of the form YY.MM.NN", arguments.version));
    }
    return request;
}

void print_products(const Products& products) {
    for (const std::string& file : {products.sdist, products.wheel, products.deb})
        if (!file.empty()) std::cout << (products.folder / file).string() << '\n';
}

/// What git says was pushed. Read before signals are taken over: a person who tries the hook by hand can stop
/// it.
std::string pushed_lines(const Arguments& arguments) {
    if (arguments.verb != "post-receive") return {};
    return {std::istreambuf_iterator<char>(std::cin), {}};
}

void run(const Arguments& arguments, const std::string& lines, Machine machine, const fs::path& scratch) {
    Progress progress(machine.clock, say);
    Pipeline pipeline(machine, progress, make_request(arguments), scratch);
    if (arguments.verb == "version") {
        std::cout << pipeline.next_version().text() << '\n';
    } else if (arguments.verb == "dist") {
        print_products(pipeline.build_distributions());
    } else if (arguments.verb == "deb") {
        print_products(pipeline.build_deb());
    } else if (arguments.verb == "publish") {
        std::cout << pipeline.publish().version.text() << '\n';
    } else if (arguments.verb == "release") {
        std::cout << pipeline.release().version.text() << '\n';
    } else {
        if (const auto products = pipeline.post_receive(lines))
            say(fmt::format("released {}\n", products->version.text()));
    }
}

int run_logged(const Arguments& arguments) {
    const bool mounts =
        arguments.verb == "release" || arguments.verb == "post-receive" || arguments.verb == "deb";
    RunLog log(log_folder(), arguments.verb);
    try {
        if (mounts && ::geteuid() != 0)
            throw Error(fmt::format("cannot run dray-build {}", arguments.verb),
                        "it must be run as root: the environment is built at its final path");
        const std::string lines = pushed_lines(arguments);
        const host::InterruptGuard interrupts;
        const host::SystemProcesses system;
        const LoggedProcesses processes(system, log);
        host::SystemFiles files;
        const host::SystemClock clock;
        const Scratch scratch;
        run(arguments, lines, {processes, files, clock}, scratch.path());
        return 0;
    } catch (const SettingsErrors& errors) {
        for (const Error& error : errors.errors())
            say(fmt::format("error: {}\n", error.text()));
        return exit_settings;
    } catch (const Error& error) {
        say(fmt::format("error: {}\n", error.text()));
        if (const auto path = log.path()) {
            log.write(fmt::format("error: {}\n", error.text()));
            say(fmt::format("  full log: {}\n", path->string()));
        }
        return exit_failed;
    } catch (const std::exception& error) {  // of the standard library: a full disk, no memory
        say(fmt::format("error: {}\n", error.what()));
        return exit_failed;
    }
}

void add_options(CLI::App& app, Arguments& arguments) {
    app.add_option("--repository", arguments.repository, "path or URL of the service's repository")
        ->type_name("PATH");
    app.add_option("--commit", arguments.commit, "what to build; default: the tip of the release branch")
        ->type_name("REV");
    app.add_option("--config", arguments.config, "the build host's settings; default: /etc/dray/build.toml")
        ->type_name("FILE");
}

}  // namespace

int main(int count, char** words) {
    ::umask(022);
    std::signal(SIGPIPE, SIG_IGN);
    Arguments arguments;
    CLI::App app(
        "Builds and publishes releases of a Python service: from a commit to a tag, sdist, wheel and package",
        "dray-build");
    app.set_version_flag("--version", std::string("dray-build ") + DRAY_VERSION);
    app.require_subcommand(1);
    const auto verb = [&](const char* name, const char* help) {
        CLI::App* sub = app.add_subcommand(name, help);
        add_options(*sub, arguments);
        sub->callback([&arguments, name] { arguments.verb = name; });
        return sub;
    };
    const auto with_work = [&](CLI::App* sub, const char* help) {
        sub->add_option("--work", arguments.work, help)->type_name("DIR");
        return sub;
    };
    const auto with_version = [&](CLI::App* sub, const char* help) {
        sub->add_option("--version", arguments.version, help)->type_name("YY.MM.NN");
    };
    with_work(verb("release", "do all steps and publish"), "keep what is built here");
    verb("version", "print the next version");
    with_version(with_work(verb("dist", "build sdist and wheel"), "where to; default: dist"),
                 "default: the next one");
    with_version(
        with_work(verb("deb", "build the package of the wheel"), "where the wheel is; default: dist"),
        "check that the wheel is of this one");
    with_version(
        with_work(verb("publish", "publish what dist and deb built"), "where that is; default: dist"),
        "check that it is this one");
    with_work(verb("post-receive", "be the post-receive hook of a bare repository"),
              "keep what is built here");
    try {
        app.parse(count, words);
        return run_logged(arguments);
    } catch (const CLI::ParseError& error) {
        const int code = app.exit(error);
        return code == 0 ? 0 : exit_usage;
    }
}
