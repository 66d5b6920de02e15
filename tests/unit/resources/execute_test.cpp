// The type execute: when it is due, how it is run, and what of it is shown.
#include "converging.h"

#include <doctest/doctest.h>

using dray::test::Converging;
using dray::test::errors;
using dray::test::outcomes;
using dray::test::resource;

namespace {

std::string executing(const std::string& keys) {
    return resource("execute", "e", keys);
}

/// All that anybody is told of a run.
struct Listener : dray::converge::Observer {
    void progress(const dray::converge::Run&, std::string_view resource, std::string_view line) override {
        heard.push_back(std::string(resource) + " " + std::string(line));
    }
    std::vector<std::string> heard;
};

}  // namespace

TEST_CASE("an execute with both a file that it makes and a source runs for either") {
    Converging host;
    auto* files = &host.memory.files;
    host.memory.processes.answer_others([files](const dray::host::Command&) {
        files->put("/srv/made", "");
        return dray::host::Result{};
    });
    const std::string text =
        resource("file", "/etc/a", "content = \"1\"") +
        resource("execute", "e",
                 "command = [\"make-it\"]\ncreates = \"/srv/made\"\nwhen_changed = \"file[/etc/a]\"");
    host.recipe(text);
    CHECK(outcomes(host.converge()) == "changed changed");
    CHECK(host.memory.processes.commands().size() == 1);
    host.memory.files.remove("/srv/made");
    CHECK(outcomes(host.converge()) == "unchanged changed");
    host.memory.files.put("/etc/a", "by hand");
    CHECK(outcomes(host.converge()) == "changed changed");
    CHECK(host.memory.processes.commands().size() == 3);
    CHECK(outcomes(host.converge()) == "unchanged unchanged");
}

TEST_CASE("a command's output arrives line by line, the last one without an end too") {
    Listener listener;
    Converging host;
    host.observers = {&listener};
    host.memory.processes.answer("say", {.output = "one\ntwo"});
    host.recipe(resource("execute", "e", "command = [\"say\"]")).converge();
    CHECK(listener.heard == std::vector<std::string>{"execute[e] one", "execute[e] two"});
}

TEST_CASE("an execute's environment reaches the program and no report") {
    Converging host;
    host.memory.processes.answer("x");
    const auto run =
        host.recipe(resource("execute", "e", "command = [\"x\"]\nenvironment = { TOKEN = \"hunter2\" }"))
            .converge();
    CHECK(host.memory.processes.commands().at(0).environment.at("TOKEN") == "hunter2");
    for (const auto& change : run.steps.at(0).changes)
        CHECK((change.from.value_or("") + change.to).find("hunter2") == std::string::npos);
}

TEST_CASE("an execute that did not make what it should is a failure") {
    Converging host;
    host.memory.processes.answer("make-it");
    const auto run =
        host.recipe(resource("execute", "e", "command = [\"make-it\"]\ncreates = \"/srv/never\"")).converge();
    CHECK(errors(run).find("did not create /srv/never") != std::string::npos);
}

TEST_CASE("a text for the shell reaches it as one argument, and messages have its first line") {
    Converging host;
    host.memory.processes.answer_others([](const dray::host::Command&) {
        return dray::host::Result{.exit_code = 1, .errors = "sh: no such luck\n"};
    });
    const auto run =
        host.recipe(executing("shell = true\ncommand = \"\"\"\n\nset -e\nfirst | second\n\"\"\"")).converge();
    CHECK(host.memory.processes.commands().at(0).argv ==
          std::vector<std::string>{"/bin/sh", "-c", "\nset -e\nfirst | second\n"});
    CHECK(run.steps.at(0).changes.at(0).to == "set -e …");
    CHECK(errors(run).find("command failed: set -e …: /bin/sh: exit status 1: sh: no such luck") !=
          std::string::npos);
    host.recipe(executing("shell = true\ncommand = \"one\\n\\n\"")).converge();
    CHECK(host.converge().steps.at(0).changes.at(0).to == "one");
}

TEST_CASE("a text without a shell is a mistake that says what to write") {
    Converging host;
    const auto mistakes = host.recipe(executing("command = \"a | b\"")).mistakes();
    CHECK(mistakes.find("no shell is asked to read it") != std::string::npos);
    CHECK(mistakes.find("shell = true") != std::string::npos);
}

TEST_CASE("only the exit codes in returns are a success, and a time that has passed never is") {
    Converging host;
    host.memory.processes.answer("x", {.exit_code = 3});
    const std::string keys = "command = [\"x\"]\n";
    CHECK(outcomes(host.recipe(executing(keys)).converge()) == "failed");
    CHECK(outcomes(host.recipe(executing(keys + "returns = [0, 3]")).converge()) == "changed");
    CHECK(outcomes(host.recipe(executing(keys + "returns = [3]")).dry_run()) == "changed");
    host.memory.processes.answer("x");
    CHECK(outcomes(host.converge()) == "failed");
    host.memory.processes.answer("x", {.exit_code = 143, .timed_out = true});
    CHECK(outcomes(host.recipe(executing(keys + "returns = [143]")).converge()) == "failed");
}

TEST_CASE("a list attribute can be a command or its exit codes") {
    Converging host;
    host.memory.processes.answer("a b", {.exit_code = 4});
    const std::string attributes = "[attributes]\ncommand = [\"a\", \"b\"]\ncodes = [4]\n";
    host.recipe(attributes +
                executing("command = \"{{attribute.command}}\"\nreturns = \"{{attribute.codes}}\""));
    CHECK(outcomes(host.converge()) == "changed");
}

TEST_CASE("a secret input reaches the program, and what the program says of it reaches nobody") {
    Listener listener;
    Converging host;
    host.observers = {&listener};
    host.memory.files.make_directory("/etc/secrets", {.owner = "root", .group = "root", .mode = 0700}, true);
    host.memory.files.put("/etc/secrets/x", "hunter2\n", {.owner = "root", .group = "root", .mode = 0600});
    host.memory.processes.answer("x", {.output = "got hunter2\n"});
    host.recipe(executing("command = [\"x\"]\ninput = { secret = \"file:/etc/secrets/x\" }"));
    const auto run = host.converge();
    CHECK(errors(run) == "");
    CHECK(host.memory.processes.commands().at(0).input == "hunter2");
    CHECK(listener.heard == std::vector<std::string>{"execute[e] got (secret)"});
    CHECK(run.steps.at(0).output.lines() == std::vector<std::string>{"got (secret)"});
    host.memory.processes.answer("x", {.exit_code = 1, .errors = "bad word: hunter2\n"});
    CHECK(errors(host.converge()).find("bad word: (secret)") != std::string::npos);
}

TEST_CASE("a secret cannot stand in a text for the shell") {
    Converging host;
    const auto mistakes = host.recipe("[attributes]\nkey = { secret = \"file:/etc/x\" }\n" +
                                      executing("shell = true\ncommand = \"login {{attribute.key}}\""))
                              .mistakes();
    CHECK(mistakes.find("would be seen by all users in the list of processes") != std::string::npos);
}
