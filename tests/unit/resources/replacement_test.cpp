// How a new content takes a file's place: kept, checked, and put back.
#include "converging.h"

#include <doctest/doctest.h>

using dray::test::Converging;
using dray::test::errors;
using dray::test::outcomes;

namespace {

std::string checked_file(const std::string& content, const std::string& keys) {
    return "[[resource]]\ntype = \"file\"\nname = \"/etc/app.d/x\"\ncontent = \"" + content + "\"\n" + keys +
           "\n";
}

/// A host with a folder for the file, and a check that a text in the looked-at file makes fail.
struct Checked : Converging {
    Checked() {
        memory.files.make_directory("/etc/app.d", {.owner = {}, .group = {}, .mode = 0755}, true);
        memory.processes.answer_others([this](const dray::host::Command& command) {
            looked_at = command.argv.size() > 1 ? command.argv.at(1) : "/etc/app.d/x";
            const auto content = memory.files.read(looked_at).value_or("(nothing)");
            in_place = memory.files.read("/etc/app.d/x").value_or("(nothing)");
            status = memory.files.status(looked_at);
            if (kill)
                throw std::bad_alloc();  // the run ends here, as it would by a signal that no one can catch
            if (content.find("bad") == std::string::npos) return dray::host::Result{};
            return dray::host::Result{.exit_code = 1,
                                      .errors = looked_at + ":1: cannot read '" + content + "'\n"};
        });
    }
    std::string looked_at;
    std::string in_place;
    std::optional<dray::host::FileStatus> status;
    bool kill = false;
};

constexpr auto backups = "/var/lib/dray/backups/etc/app.d";

}  // namespace

TEST_CASE("earlier contents are kept away from the file, for root alone, the oldest going first") {
    Converging host;
    host.memory.files.make_directory("/etc/app.d", {.owner = {}, .group = {}, .mode = 0755}, true);
    for (const char* const content : {"1", "2", "3", "4"})
        CHECK(outcomes(host.recipe(checked_file(content, "backup = 2")).converge()) == "changed");
    CHECK(host.memory.files.list(backups) == std::vector<std::string>{"x.~2~", "x.~3~"});
    CHECK(host.memory.files.read(std::string(backups) + "/x.~3~") == "3");
    CHECK(host.memory.files.status(std::string(backups) + "/x.~3~")->mode == 0600);
    CHECK(host.memory.files.status("/var/lib/dray/backups")->mode == 0700);
    CHECK(host.memory.files.list("/etc/app.d") == std::vector<std::string>{"x"});
}

TEST_CASE("what was changed by hand is kept, a change of the mode alone keeps nothing") {
    Converging host;
    host.memory.files.put("/etc/app.d/x", "by hand", {.owner = "root", .group = "root", .mode = 0644});
    host.recipe(checked_file("1", "backup = 5")).converge();
    CHECK(host.memory.files.read(std::string(backups) + "/x.~1~") == "by hand");
    host.recipe(checked_file("1", "backup = 5\nmode = \"0600\"")).converge();
    CHECK(host.memory.files.list(backups) == std::vector<std::string>{"x.~1~"});
}

TEST_CASE("the content of a removed file is kept") {
    Converging host;
    host.memory.files.put("/etc/app.d/x", "precious");
    host.recipe(checked_file("1", "state = \"absent\"\nbackup = 1")).converge();
    CHECK_FALSE(host.memory.files.status("/etc/app.d/x"));
    CHECK(host.memory.files.read(std::string(backups) + "/x.~1~") == "precious");
}

TEST_CASE("a name like a kept content's is none") {
    Converging host;
    host.memory.files.put("/etc/app.d/x", "0");
    host.memory.files.put(std::string(backups) + "/x.~~", "");
    host.memory.files.put(std::string(backups) + "/x.~a~", "");
    host.memory.files.put(std::string(backups) + "/x.~12345678901234567890123~", "");
    host.memory.files.put(std::string(backups) + "/x.y.~7~", "");
    host.recipe(checked_file("1", "backup = 1")).converge();
    CHECK(host.memory.files.list(backups).size() == 5);
    CHECK(host.memory.files.read(std::string(backups) + "/x.~1~") == "0");
}

TEST_CASE("a check looks at a copy beside the file before the file is touched") {
    Checked host;
    host.memory.files.put("/etc/app.d/x", "old");
    const auto keys = "validate = [\"check\", \"{path}\"]\nmode = \"0640\"";
    CHECK(outcomes(host.recipe(checked_file("good", keys)).converge()) == "changed");
    CHECK(host.looked_at == "/etc/app.d/.x.dray-verify");
    CHECK(host.in_place == "old");
    CHECK(host.status->mode == 0640);
    CHECK(host.memory.files.read("/etc/app.d/x") == "good");
    CHECK(host.memory.files.list("/etc/app.d") == std::vector<std::string>{"x"});
    CHECK(outcomes(host.converge()) == "unchanged");
}

TEST_CASE("a content that does not pass leaves the old file, and the check's words name that") {
    for (const char* const arguments : {"\"check\", \"{path}\"", "\"check\""}) {
        Checked host;
        host.memory.files.put("/etc/app.d/x", "old", {.owner = "root", .group = "root", .mode = 0600});
        const auto run =
            host.recipe(checked_file("bad", "backup = 3\nvalidate = [" + std::string(arguments) + "]"))
                .converge();
        CHECK(outcomes(run) == "failed");
        CHECK(errors(run).find("/etc/app.d/x:1: cannot read 'bad'") != std::string::npos);
        CHECK(host.memory.files.read("/etc/app.d/x") == "old");
        CHECK(host.memory.files.status("/etc/app.d/x")->mode == 0600);
        CHECK(host.memory.files.list("/etc/app.d") == std::vector<std::string>{"x"});
        CHECK(host.memory.files.list(backups).empty());
        CHECK(outcomes(host.recipe(checked_file("good", "")).converge()) == "changed");
    }
}

TEST_CASE("a check without a placeholder sees the new file in place; one that fails takes a new file away") {
    Checked host;
    CHECK(outcomes(host.recipe(checked_file("bad", "validate = [\"check\"]")).converge()) == "failed");
    CHECK(host.in_place == "bad");
    CHECK_FALSE(host.memory.files.status("/etc/app.d/x"));
    host.memory.files.plant_link("/etc/app.d/x", "/etc/target", "root");
    CHECK(outcomes(host.converge()) == "failed");
    CHECK(host.memory.files.read_link("/etc/app.d/x") == "/etc/target");
    const auto run = host.recipe(checked_file("good", "backup = 1\nvalidate = [\"check\"]")).converge();
    CHECK(outcomes(run) == "changed");
    CHECK(run.steps.front().notes == std::vector<std::string>{"checked by `check` before it stays"});
    CHECK(
        host.recipe(checked_file("better", "validate = [\"check\"]")).dry_run().steps.front().notes.size() ==
        1);
    CHECK(host.recipe(checked_file("good", "mode = \"0600\"\nvalidate = [\"check\"]"))
              .converge()
              .steps.front()
              .notes.empty());
    CHECK(host.memory.files.list("/var/lib/dray/unchecked/etc/app.d").empty());
}

TEST_CASE("a run that dies before the check has answered leaves the question to the next, and the way back") {
    for (const bool was_there : {true, false}) {
        Checked host;
        if (was_there) host.memory.files.put("/etc/app.d/x", "old");
        const auto recipe = checked_file("bad", "validate = [\"check\"]");
        // As after a kill: the file is in place, and the record of what it replaced is on disk.
        host.memory.files.put("/etc/app.d/x", "bad", {.owner = "root", .group = "root", .mode = 0644});
        const std::string record = "/var/lib/dray/unchecked/etc/app.d/x";
        host.memory.files.put(record + (was_there ? ".~was~" : ".~none~"), was_there ? "old" : "");
        const auto run = host.recipe(recipe).converge();
        CHECK(outcomes(run) == "failed");
        CHECK(run.steps.at(0).changes.at(0).from == "cut short");
        CHECK(host.memory.files.read("/etc/app.d/x").value_or("(nothing)") ==
              (was_there ? "old" : "(nothing)"));
        CHECK(outcomes(host.recipe(checked_file("good", "validate = [\"check\"]")).converge()) == "changed");
        CHECK(outcomes(host.converge()) == "unchanged");
    }
}

TEST_CASE("whatever ends a check, the old file comes back") {
    Checked host;
    host.memory.files.put("/etc/app.d/x", "old");
    host.kill = true;
    CHECK(outcomes(host.recipe(checked_file("good", "validate = [\"check\"]")).converge()) == "failed");
    CHECK(host.in_place == "good");
    CHECK(host.memory.files.read("/etc/app.d/x") == "old");
    CHECK(outcomes(host.recipe(checked_file("good", "validate = [\"check\", \"{path}\"]")).converge()) ==
          "failed");
    CHECK(host.memory.files.list("/etc/app.d") == std::vector<std::string>{"x"});
}

TEST_CASE("of a secret content neither the check's words nor a report tell anything") {
    Checked host;
    const auto run =
        host.recipe(checked_file("bad hunter2", "sensitive = true\nvalidate = [\"check\", \"{path}\"]"))
            .converge();
    CHECK(errors(run).find("check: exit status 1, in words that may hold the secret") != std::string::npos);
    CHECK(errors(run).find("hunter2") == std::string::npos);
}

TEST_CASE("a dry run asks no check and keeps no content") {
    Checked host;
    host.memory.files.put("/etc/app.d/x", "old");
    CHECK(outcomes(host.recipe(checked_file("bad", "backup = 1\nvalidate = [\"check\"]")).dry_run()) ==
          "changed");
    CHECK(host.memory.processes.commands().empty());
    CHECK(host.memory.files.read("/etc/app.d/x") == "old");
}

TEST_CASE("a line is checked and kept like a file") {
    Checked host;
    const std::string line =
        "[[resource]]\ntype = \"line\"\nname = \"l\"\npath = \"/etc/app.d/x\"\nbackup = 1\n";
    host.memory.files.put("/etc/app.d/x", "a\n");
    CHECK(outcomes(host.recipe(line + "line = \"bad\"\nvalidate = [\"check\", \"{path}\"]\n").converge()) ==
          "failed");
    CHECK(host.memory.files.read("/etc/app.d/x") == "a\n");
    CHECK(outcomes(host.recipe(line + "line = \"good\"\nvalidate = [\"check\"]\n").converge()) == "changed");
    CHECK(host.memory.files.read(std::string(backups) + "/x.~1~") == "a\n");
    CHECK(outcomes(host.converge()) == "unchanged");
}
