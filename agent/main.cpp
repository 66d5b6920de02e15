// The `dray` command line: parse, call, exit code.
#include "commands.h"
#include "dray_version.h"
#include "duration.h"
#include "finish.h"
#include "host/http_worker.h"
#include "machine.h"
#include "recipe_book.h"
#include "report/journal.h"
#include "report/journal_sink.h"
#include "report/json.h"
#include "usage.h"

#include <CLI/CLI.hpp>
#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

#include <fcntl.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>

namespace {

/// Diagnostics go to the journal as entries of their own when systemd runs us, else to standard error.
void set_up_log() {
    if (dray::report::started_by_systemd()) {
        spdlog::set_default_logger(std::make_shared<spdlog::logger>("dray", dray::report::journal_sink()));
    } else {
        spdlog::set_default_logger(spdlog::stderr_color_mt("dray"));
        spdlog::set_pattern("%^%l%$: %v");
    }
}

void add_selection(CLI::App& command, dray::Selection& selection) {
    command.add_option("recipe", selection.recipes,
                       "Recipes; those of /etc/dray/host.toml when none is named");
    command.add_option("--recipes", selection.folder, "A folder of recipes, looked into before the others")
        ->type_name("DIR");
    command.add_option("--set", selection.set, "An attribute that wins over all others; may be repeated")
        ->type_name("KEY=VALUE")
        ->take_all()
        ->allow_extra_args(false);
}

void add_output(CLI::App& command, std::string& output) {
    command.add_option("--output", output, "human or json")
        ->check(CLI::IsMember({"human", "json"}))
        ->capture_default_str();
}

/// Loading libcurl takes as long as most of what a run without news does besides. So the process that does it
/// is started before all else where the host's own recipes converge, unless the last run has left no
/// repository to ask. A run that turns out to be paused has no use for it, and ends it.
std::optional<dray::host::HttpWorker> early_worker(int argc, char** argv, const dray::Folders& folders) {
    if (argc != 2 || std::string_view(argv[1]) != "converge" || ::geteuid() != 0) return {};
    if (::access((folders.state / dray::poll_mark).c_str(), F_OK) != 0) return {};
    std::signal(SIGCHLD, SIG_DFL);  // ignored by whoever started us, its end would leave its number to others
    return dray::host::start_http_worker(folders.state / dray::report::last_run_file);
}

int run(int argc, char** argv, const dray::Folders& folders, std::optional<dray::host::HttpWorker> worker) {
    CLI::App app{"Brings this host to the state that its recipes describe.", "dray"};
    app.set_version_flag("--version", "dray " + std::string(dray::version));
    app.require_subcommand(1);
    app.failure_message(dray::usage_message);
    app.footer("Manual: dray(8), dray-recipe(5)");

    dray::ConvergeOptions options;
    std::string output = "human";
    bool no_wait = false;
    auto* converge = app.add_subcommand("converge", "Converge the host");
    add_selection(*converge, options.selection);
    add_output(*converge, output);
    converge->add_flag("--dry-run", options.dry_run, "Say what would change, and change nothing");
    converge
        ->add_option("--plan", options.plan,
                     "Do what this saved plan has, and nothing when the host or the recipes have moved since")
        ->type_name("FILE");
    converge
        ->add_flag("--allow-unknown", options.allow_unknown,
                   "With --plan: let what the plan calls unknown become whatever it has to")
        ->needs("--plan");
    converge->add_flag("--detailed-exitcode", options.detailed_exit_code,
                       "Exit with 2 when something changed");
    converge->add_flag_callback(
        "--verbose", [] { spdlog::set_level(spdlog::level::debug); },
        "Say on standard error what is decided on the way, such as why apt was asked");
    converge->add_flag("--force", options.force, "Run also while runs are paused");
    converge
        ->add_option_function<std::string>(
            "--lock-wait",
            [&options](const std::string& text) {
                const auto wait = dray::parse_duration(text);
                if (!wait) throw CLI::ValidationError("--lock-wait", "'" + text + "' is no length of time");
                options.lock_wait = std::chrono::ceil<std::chrono::seconds>(*wait);
            },
            "How long to wait for locks of apt and dpkg, such as 30m; else host.toml's lock_wait, else 10m")
        ->type_name("TIME");
    converge->add_flag("--no-wait", no_wait, "Exit with 75 instead of waiting for another run to end");

    dray::Selection to_check;
    auto* check = app.add_subcommand("check", "Check recipes; needs no root and touches nothing");
    add_selection(*check, to_check);
    check->add_flag("--elsewhere", to_check.elsewhere,
                    "This is not the host that they are for: files of that host may be missing here");

    auto* status = app.add_subcommand("status", "Say what the newest run did and what is owed");
    add_output(*status, output);

    dray::ForgetOptions to_forget;
    auto* forget = app.add_subcommand("forget", "Cross out what is owed to a resource");
    forget->add_option("resource", to_forget.resource, "The resource: type[name]")
        ->type_name("RESOURCE")
        ->required();
    forget->add_flag("--no-wait", no_wait, "Exit with 75 instead of waiting for a run to end");

    dray::Selection to_explain;
    auto* attributes =
        app.add_subcommand("attributes", "List the attributes of recipes, and where each value comes from");
    add_selection(*attributes, to_explain);
    add_output(*attributes, output);

    auto* facts = app.add_subcommand("facts", "List what recipes can know of this host");
    add_output(*facts, output);

    dray::ExplainOptions package_to_explain;
    auto* explain = app.add_subcommand("explain", "Say why that version of a package is taken, and no other");
    explain->add_option("package", package_to_explain.package, "The package")
        ->type_name("PACKAGE")
        ->required();
    explain
        ->add_option("--recipes", package_to_explain.selection.folder,
                     "A folder of recipes, looked into before the others")
        ->type_name("DIR");
    add_output(*explain, output);

    dray::ResourcesOptions to_list;
    auto* resources = app.add_subcommand("resources", "List the types of resources, or explain one");
    resources->add_option("type", to_list.type, "The type to explain")->type_name("TYPE");
    add_output(*resources, output);
    resources->add_flag("--json-schema", to_list.json_schema,
                        "Print a JSON Schema of recipe.toml, for editors");

    dray::RollbackOptions back;
    auto* rollback = app.add_subcommand("rollback", "Go back to a version that is kept on this host");
    rollback->add_option("version", back.version, "The version; the one before without it")
        ->type_name("VERSION");
    rollback->add_option("--package", back.package, "Of which package, where several are deployed")
        ->type_name("NAME");
    rollback->add_option("--reason", back.reason, "Why, for the history")->type_name("TEXT");
    add_output(*rollback, output);

    dray::HoldOptions to_hold;
    auto* hold = app.add_subcommand("hold", "Let a service stay as it is, whatever is released");
    hold->add_option("package", to_hold.package, "Its package; the only one without")->type_name("PACKAGE");
    hold->add_option("--reason", to_hold.reason, "Why, for whoever wonders")->type_name("TEXT")->required();
    std::string to_unhold;
    auto* unhold = app.add_subcommand("unhold", "End a hold");
    unhold->add_option("package", to_unhold, "The package; the only one without")->type_name("PACKAGE");

    dray::ReleaseOptions to_release;
    auto* release = app.add_subcommand("release-quarantine", "Let what has failed here be tried again");
    release->add_option("package", to_release.package, "The package; the only one without")
        ->type_name("PACKAGE");
    release->add_option("--version", to_release.version, "Only this version")->type_name("VERSION");

    std::string history_of;
    auto* history = app.add_subcommand("history", "List the deploys of this host");
    history->add_option("package", history_of, "Only of this package")->type_name("PACKAGE");
    add_output(*history, output);

    std::string run_to_show;
    auto* log = app.add_subcommand("log", "Show what a run did, or list the runs that did something");
    log->add_option("run", run_to_show, "The run, as `dray history` has it")->type_name("RUN");
    add_output(*log, output);

    dray::PauseOptions to_pause;
    auto* pause = app.add_subcommand("pause", "Let runs do nothing for a while");
    pause->add_option("--reason", to_pause.reason, "Why, for whoever wonders")->type_name("TEXT")->required();
    pause->add_option("--for", to_pause.length, "How long: 2h; until `dray resume` without")
        ->type_name("TIME");
    auto* resume = app.add_subcommand("resume", "End a pause");

    dray::NewOptions to_begin;
    auto* begin = app.add_subcommand("new", "Begin a recipe, with comments that explain it");
    begin->add_option("name", to_begin.name, "Its name")->type_name("NAME")->required();
    begin->add_option("--recipes", to_begin.folder, "Where to put it; else /etc/dray/recipes")
        ->type_name("DIR");

    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        return app.exit(error) == 0 ? 0 : dray::exit_usage;
    }
    options.json = output == "json";
    options.wait = !no_wait;
    if (converge->parsed()) return dray::converge_command(options, folders, std::move(worker));
    if (rollback->parsed()) {
        options.rollback = back;
        options.force = true;  // somebody is there
        return dray::converge_command(options, folders);
    }
    if (hold->parsed()) return dray::hold_command(to_hold, folders);
    if (unhold->parsed()) return dray::unhold_command(to_unhold, folders);
    if (release->parsed()) return dray::release_quarantine_command(to_release, folders);
    if (history->parsed()) return dray::history_command(history_of, options.json, folders);
    if (log->parsed()) return dray::log_command(run_to_show, options.json, folders);
    if (pause->parsed()) return dray::pause_command(to_pause, folders);
    if (resume->parsed()) return dray::resume_command(folders);
    if (check->parsed()) return dray::check_command(to_check, folders);
    if (attributes->parsed()) return dray::attributes_command(to_explain, options.json, folders);
    to_list.json = options.json;
    if (resources->parsed()) return dray::resources_command(to_list);
    package_to_explain.json = options.json;
    if (explain->parsed()) return dray::explain_command(package_to_explain, folders);
    if (begin->parsed()) return dray::new_command(to_begin, folders);
    to_forget.wait = !no_wait;
    if (forget->parsed()) return dray::forget_command(to_forget, folders);
    if (facts->parsed()) return dray::facts_command(options.json, folders);
    return dray::status_command(options.json, folders);
}

/// Whoever started us may have closed standard input, output or error: what is opened next would be taken for
/// that, and written to.
void open_standard_streams() {
    int opened = 0;
    do
        opened = ::open("/dev/null", O_RDWR);
    while (opened >= 0 && opened <= STDERR_FILENO);
    if (opened > STDERR_FILENO) ::close(opened);
}

int run_guarded(int argc, char** argv) {
    try {
        open_standard_streams();
        const dray::Folders folders;
        auto worker = early_worker(argc, argv, folders);
        set_up_log();
        return run(argc, argv, folders, std::move(worker));
    } catch (const dray::UsageError& error) {
        spdlog::error("{}", error.text());
        return dray::exit_usage;
    } catch (const dray::Error& error) {
        spdlog::error("{}", error.text());
    } catch (const std::exception& error) {
        spdlog::critical("{}: this is a fault of dray, please report it", error.what());
    }
    return dray::exit_failed;
}

}  // namespace

int main(int argc, char** argv) {
    dray::finish(run_guarded(argc, argv));
}
