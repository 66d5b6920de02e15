// Whatever route a secret takes, and however a run ends, its value appears nowhere.
#include "contains.h"
#include "converge/redactor.h"
#include "converging.h"
#include "report/json.h"
#include "report/status.h"
#include "report/terminal.h"

#include <doctest/doctest.h>

#include <sstream>

using dray::Secret;
using dray::converge::Outcome;
using dray::converge::Redactor;
using dray::test::contains;
using dray::test::Converging;

namespace {

const std::string value = "correct horse battery";
const std::string attributes = "[attributes]\npassword = { secret = \"file:/etc/dray/secrets/db\" }\n";

/// Hears all that the journal would be told.
class Hearing final : public dray::converge::Observer {
  public:
    void progress(const dray::converge::Run&, std::string_view, std::string_view line) override {
        text += std::string(line) + "\n";
    }
    void step_finished(const dray::converge::Run& run, const dray::converge::Step& step) override {
        text += dray::report::step_line(run, step) + "\n";
        if (step.error) text += step.error->text() + "\n";
    }
    std::string text;
};

/// A host with a secret, and everything that a run of it says and keeps.
struct Watched {
    Converging host;

    Watched() { keep(value + "\n"); }

    void keep(const std::string& secret) {
        host.memory.files.put("/etc/dray/secrets/db", secret, {.mode = 0600});
    }

    dray::converge::Run run(bool dry = false) {
        std::ostringstream screen;
        std::ostringstream json;
        Hearing journal;
        dray::report::Terminal terminal(screen, true);
        dray::report::JsonReport json_report(json);
        dray::report::LastRun last_run(host.memory.files, "/var/lib/dray/last-run.json");
        host.observers = {&terminal, &json_report, &journal, &last_run};
        auto done = dry ? host.dry_run() : host.converge();
        host.observers.clear();
        said = screen.str() + json.str() + journal.text + dray::test::errors(done) +
               host.memory.files.read("/var/lib/dray/last-run.json").value_or("") +
               host.memory.files.read("/var/lib/dray/intents.json").value_or("") +
               dray::report::status(host.memory.host, "/var/lib/dray", "", false) +
               dray::report::status(host.memory.host, "/var/lib/dray", "", true);
        return done;
    }

    std::string said;
};

/// Converges to the recipe, dry and then in earnest, and hears no secret.
void hears_nothing(Watched& watched, const std::string& recipe, Outcome outcome) {
    watched.host.recipe(attributes + recipe);
    const auto dry = watched.run(true);
    CHECK_MESSAGE(!contains(watched.said, value), watched.said);
    const auto run = watched.run();
    CHECK_MESSAGE(!contains(watched.said, value), watched.said);
    CHECK_MESSAGE(run.steps.back().outcome == outcome, watched.said);
}

}  // namespace

TEST_CASE("a secret in a file reaches the file, and nothing else") {
    Watched watched;
    hears_nothing(watched,
                  "[[resource]]\ntype = \"file\"\nname = \"/etc/app\"\nmode = \"0600\"\n"
                  "content = \"password = {{attribute.password}}\\n\"\n",
                  Outcome::changed);
    CHECK(*watched.host.memory.files.read("/etc/app") == "password = " + value + "\n");
    CHECK(contains(watched.said, "content (sensitive, changed)"));
    watched.host.memory.files.put("/etc/app", "password = other\n", {.mode = 0600});
    watched.run(true);
    CHECK(!contains(watched.said, value));
    CHECK(!contains(watched.said, "other"));
    CHECK(watched.run().steps.back().outcome == Outcome::changed);
    CHECK(watched.run().steps.back().outcome == Outcome::unchanged);
}

TEST_CASE("a secret in a template, and one that stands as a value by itself, are kept alike") {
    Watched watched;
    watched.host.file("t.mustache", "{{#attribute.password}}p={{.}}{{/attribute.password}}\n");
    hears_nothing(
        watched,
        "[[resource]]\ntype = \"file\"\nname = \"/etc/raw\"\nmode = \"0600\"\n"
        "content = { secret = \"file:/etc/dray/secrets/db\" }\n"
        "[[resource]]\ntype = \"template\"\nname = \"/etc/app\"\nmode = \"0600\"\nsensitive = false\n"
        "source = \"t.mustache\"\n",
        Outcome::changed);
    CHECK(*watched.host.memory.files.read("/etc/app") == "p=" + value + "\n");
    CHECK(*watched.host.memory.files.read("/etc/raw") == value);
}

TEST_CASE("a secret in a line of somebody else's file is kept") {
    Watched watched;
    watched.host.memory.files.put("/etc/pgpass", "a\n", {.mode = 0600});
    hears_nothing(watched,
                  "[[resource]]\ntype = \"line\"\nname = \"l\"\npath = \"/etc/pgpass\"\n"
                  "line = \"*:{{attribute.password}}\"\n",
                  Outcome::changed);
    CHECK(*watched.host.memory.files.read("/etc/pgpass") == "a\n*:" + value + "\n");
    watched.host.memory.files.put("/etc/pgpass", "a\n", {.mode = 0644});
    hears_nothing(watched,
                  "[[resource]]\ntype = \"line\"\nname = \"l\"\npath = \"/etc/pgpass\"\n"
                  "line = \"*:{{attribute.password}}\"\n",
                  Outcome::failed);
    CHECK(contains(watched.said, "all users may read it (mode 0644)"));
}

TEST_CASE("a command that prints a secret of its environment says (secret)") {
    Watched watched;
    watched.host.memory.processes.answer_others([](const dray::host::Command& command) -> dray::host::Result {
        return {.output = "user=" + command.environment.at("PASSWORD") + "!\n"};
    });
    hears_nothing(watched,
                  "[[resource]]\ntype = \"execute\"\nname = \"e\"\ncommand = [\"env\"]\n"
                  "environment = { PASSWORD = \"{{attribute.password}}\" }\n",
                  Outcome::changed);
    CHECK(watched.host.memory.processes.commands().back().environment.at("PASSWORD") == value);
    CHECK(contains(watched.said, "user=(secret)!"));
}

TEST_CASE("a command that fails with a secret on its lips says (secret)") {
    Watched watched;
    watched.host.memory.processes.answer_others([](const dray::host::Command& command) -> dray::host::Result {
        return {.exit_code = 1,
                .errors = "cannot log in with '" + command.environment.at("PASSWORD") + "'\n"};
    });
    hears_nothing(watched,
                  "[[resource]]\ntype = \"execute\"\nname = \"e\"\ncommand = [\"login\"]\n"
                  "environment = { PASSWORD = \"{{attribute.password}}\" }\n",
                  Outcome::failed);
    CHECK(contains(watched.said, "cannot log in with '(secret)'"));
}

TEST_CASE("a guard that prints a secret says nothing of it") {
    Watched watched;
    watched.host.memory.processes.answer("has it", {.exit_code = 1, .output = value, .errors = value});
    hears_nothing(watched,
                  "[[resource]]\ntype = \"file\"\nname = \"/etc/app\"\nmode = \"0600\"\n"
                  "content = \"{{attribute.password}}\"\nonly_if = [\"has\", \"it\"]\n",
                  Outcome::skipped);
}

TEST_CASE("a write that fails does not repeat what was to be written") {
    Watched watched;
    watched.host.memory.files.refuse("/etc/app", 28);
    hears_nothing(watched,
                  "[[resource]]\ntype = \"file\"\nname = \"/etc/app\"\nmode = \"0600\"\n"
                  "content = \"{{attribute.password}}\"\n",
                  Outcome::failed);
}

TEST_CASE("a secret of many lines is found line by line") {
    Watched watched;
    watched.keep("-----BEGIN-----\r\nabcdefgh\n123456\n-----END-----\n");
    watched.host.memory.processes.answer_others([](const dray::host::Command& command) -> dray::host::Result {
        return {.output = "> " + command.environment.at("KEY") + "\n"};
    });
    watched.host.recipe(attributes +
                        "[[resource]]\ntype = \"execute\"\nname = \"e\"\ncommand = [\"env\"]\n"
                        "environment = { KEY = \"{{attribute.password}}\" }\n");
    CHECK(watched.run().steps.back().outcome == Outcome::changed);
    for (const auto* part : {"BEGIN", "abcdefgh", "123456", "END"})
        CHECK_MESSAGE(!contains(watched.said, part), watched.said);
}

TEST_CASE("secrets are read when their turn comes: an earlier resource may make them") {
    Watched watched;
    watched.host.memory.files.remove("/etc/dray/secrets/db");
    watched.host.memory.processes.answer_others([&](const dray::host::Command&) -> dray::host::Result {
        watched.keep(value);
        return {};
    });
    const std::string recipe =
        "[[resource]]\ntype = \"execute\"\nname = \"make it\"\ncommand = [\"make\"]\n"
        "creates = \"/etc/dray/secrets/db\"\n"
        "[[resource]]\ntype = \"file\"\nname = \"/etc/app\"\nmode = \"0600\"\ncontent = "
        "\"{{attribute.password}}\"\n";
    watched.host.recipe(attributes + recipe);
    CHECK(dray::test::outcomes(watched.run(true)) == "changed unknown");
    CHECK(dray::test::outcomes(watched.run()) == "changed changed");
    CHECK(!contains(watched.said, value));
    CHECK(*watched.host.memory.files.read("/etc/app") == value);
}

TEST_CASE("a secret that cannot be read fails its resource and what refers to it, and no other") {
    Watched watched;
    watched.host.memory.files.put("/etc/dray/secrets/db", value, {.mode = 0644});
    watched.host.recipe(attributes +
                        "[[resource]]\ntype = \"file\"\nname = \"/etc/app\"\nmode = \"0600\"\n"
                        "content = \"{{attribute.password}}\"\n"
                        "[[resource]]\ntype = \"execute\"\nname = \"e\"\ncommand = [\"x\"]\nwhen_changed = "
                        "\"file[/etc/app]\"\n"
                        "[[resource]]\ntype = \"group\"\nname = \"g\"\n");
    const auto run = watched.run();
    CHECK(dray::test::outcomes(run) == "failed blocked changed");
    CHECK(contains(watched.said, "r/recipe.toml:5"));
    CHECK(contains(watched.said, "chmod o= /etc/dray/secrets/db"));
}

TEST_CASE("the command of a secret is asked once in a run, and never while recipes are checked") {
    Watched watched;
    watched.host.memory.processes.answer("pass db", {.output = value + "\n"});
    const auto file = [](const std::string& name) {
        return "[[resource]]\ntype = \"file\"\nname = \"" + name +
               "\"\nmode = \"0600\"\ncontent = { secret = [\"command\", \"pass\", \"db\"] }\n";
    };
    watched.host.recipe(file("/a") + file("/b"));
    CHECK(watched.host.mistakes().empty());
    CHECK(watched.host.memory.processes.commands().empty());
    CHECK(dray::test::outcomes(watched.run()) == "changed changed");
    CHECK(watched.host.memory.processes.commands().size() == 1);
    CHECK(!contains(watched.said, value));
}

TEST_CASE("the redactor takes the longest secret at each place, and is not fooled by its own word") {
    Redactor redactor;
    CHECK(redactor.clean("nothing known") == "nothing known");
    for (const auto* secret : {"abcd", "abcdef", "secret", "abc"})
        redactor.add(Secret(secret));
    CHECK(redactor.clean("abcdefg abcd abc") == "(secret)g (secret) abc");
    CHECK(redactor.clean("a secret, secretsecret") == "a (secret), (secret)(secret)");
    CHECK(redactor.clean("") == "");
    CHECK(redactor.clean("abcd") == "(secret)");
    const auto error = redactor.clean(dray::Error({"abcd", "x abcd", "abcdef", {"f", 1}}));
    CHECK(error.text() == "(secret): x (secret)\n  at f:1\n  hint: (secret)");
}
