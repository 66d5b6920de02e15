// What the command line of dray-build says.
#include "builder/command_line.h"

#include "usage.h"

#include <CLI/CLI.hpp>

namespace dray::builder {
namespace {

constexpr int exit_usage = 64;  // sysexits.h, EX_USAGE

/// Adds the commands and their options.
class CommandLine {
  public:
    CommandLine(CLI::App& app, Arguments& arguments) : app_(app), arguments_(arguments) {}

    void add_all() {
        add_releasing();
        add_watching();
        add_repository();
    }

  private:
    CLI::App* verb(const char* name, const char* help, bool with_commit = false) {
        CLI::App* sub = app_.add_subcommand(name, help);
        sub->add_option("--config", arguments_.config,
                        "the build host's settings; default: /etc/dray/build.toml")
            ->type_name("FILE");
        if (with_commit)
            sub->add_option("--commit", arguments_.commit,
                            "what to build; default: the tip of the release branch")
                ->type_name("REV");
        sub->callback([this, name] { arguments_.verb = name; });
        return sub;
    }
    CLI::App* of_repository(CLI::App* sub) {
        sub->add_option("--repository", arguments_.repository, "path or URL of the service's repository")
            ->type_name("PATH");
        return sub;
    }
    CLI::App* with_work(CLI::App* sub, const char* help) {
        sub->add_option("--work", arguments_.work, help)->type_name("DIR");
        return sub;
    }
    CLI::App* with_version(CLI::App* sub, const char* help) {
        sub->add_option("--version", arguments_.version, help)->type_name("YY.MM.NN");
        return sub;
    }
    void with_words(CLI::App* sub, const char* name, const char* help, int most) {
        sub->add_option("words", arguments_.words, help)->type_name(name)->required()->expected(1, most);
    }

    void add_releasing() {
        with_work(of_repository(verb("release", "do all steps and publish", true)),
                  "keep what is built here");
        of_repository(verb("version", "print the next version", true));
        with_version(
            with_work(of_repository(verb("dist", "build sdist and wheel", true)), "where to; default: dist"),
            "default: the next one");
        with_version(with_work(of_repository(verb("deb", "build the package of the wheel", true)),
                               "where the wheel is; default: dist"),
                     "check that the wheel is of this one");
        with_version(with_work(of_repository(verb("publish", "publish what dist and deb built", true)),
                               "where that is; default: dist"),
                     "check that it is this one");
        with_words(
            of_repository(verb("verify", "build a release again and compare it with what is published")),
            "VERSION", "the release", 1);
        of_repository(verb("resume", "go on with a publication that was cut off, with the same bytes"));
        of_repository(verb("abandon", "take such a publication back"));
    }

    void add_watching() {
        of_repository(verb("post-receive", "be the post-receive hook of a bare repository"));
        of_repository(verb("hook", "install that hook"));
        of_repository(verb("watch", "look once for pushes, and release them"))
            ->add_flag("--again", arguments_.again,
                       "when a result is unknown, let systemd look once more later");
        with_words(of_repository(verb("retry", "try a commit again")), "COMMIT", "the commit", 1);
        with_words(of_repository(verb("own", "note commits that the release process made")), "COMMIT",
                   "the commits", 1000);
        of_repository(verb("status", "say what waits, what runs and what the last result is"));
        of_repository(verb("history", "list the results of all runs"));
        with_words(of_repository(verb("log", "print the log of a run")), "RUN", "a run of the history", 1);
    }

    void add_repository() {
        const auto to_suite = [&](CLI::App* sub, const char* help) {
            sub->add_option("--to", arguments_.to, help)->type_name("SUITE");
            return sub;
        };
        with_words(to_suite(verb("add", "add packages to the apt repository"), "default: [publish] suite"),
                   "FILE", "packages", 10'000);
        CLI::App* promote = verb("promote", "show a version in another suite too");
        to_suite(promote, "the suite")->get_option("--to")->required();
        promote->add_option("--package", arguments_.package, "default: all that have this version")
            ->type_name("NAME");
        promote->add_option("--percent", arguments_.percent, "of the hosts; default: 100")
            ->check(CLI::Range(0, 100));
        with_words(promote, "VERSION", "the version", 1);
        verb("renew", "sign the repository again when half of its time is over")
            ->add_flag("--now", arguments_.now, "in any case");
        with_words(to_suite(verb("repoint", "show an older generation again"), "default: [publish] suite"),
                   "GENERATION", "its number", 1);
        verb("gc", "remove what nobody can ask for any more");
    }

    CLI::App& app_;
    Arguments& arguments_;
};

}  // namespace

std::optional<Arguments> parse_command_line(int count, char** words, int& code) {
    Arguments arguments;
    CLI::App app(
        "Builds and publishes releases of a Python service: from a commit to a tag, sdist, wheel and package",
        "dray-build");
    app.set_version_flag("--version", std::string("dray-build ") + DRAY_VERSION);
    app.require_subcommand(1);
    app.failure_message(usage_message);
    CommandLine(app, arguments).add_all();
    try {
        app.parse(count, words);
        return arguments;
    } catch (const CLI::ParseError& error) {
        code = app.exit(error) == 0 ? 0 : exit_usage;
        return {};
    }
}

}  // namespace dray::builder
