// One line in somebody else's file.
#include "converging.h"
#include "host/clock_memory.h"
#include "resources/line_edit.h"

#include <doctest/doctest.h>

using dray::Error;
using dray::Pattern;
using dray::resources::LineEdit;
using dray::test::Converging;
using dray::test::errors;
using dray::test::outcomes;

namespace {

/// What becomes of a text, and then, which has to change nothing, of what became of it.
std::string edited(const LineEdit& edit, const std::string& text) {
    const dray::host::ManualClock clock;
    const auto once = edit.applied_to(text, clock);
    CHECK(edit.applied_to(once, clock) == once);
    return once;
}

std::string resource(const std::string& keys) {
    return "[[resource]]\ntype = \"line\"\nname = \"l\"\npath = \"/etc/x\"\n" + keys + "\n";
}

}  // namespace

TEST_CASE("a line is put at the end unless it is there") {
    const LineEdit edit{.line = "b"};
    CHECK(edited(edit, "a\nc\n") == "a\nc\nb\n");
    CHECK(edited(edit, "b\nc\n") == "b\nc\n");
    CHECK(edited(edit, " b\n") == " b\nb\n");
    CHECK(edited(edit, "") == "b\n");
}

TEST_CASE("the last line that matches is replaced, and the others stay") {
    CHECK(edited({.line = "Port 2", .match = Pattern("^Port")}, "Port 1\n#\nPort 3\n# end\n") ==
          "Port 1\n#\nPort 2\n# end\n");
    CHECK(edited({.line = "Port 2", .match = Pattern("^Port")}, "Port 2\nPort 3\n") == "Port 2\nPort 2\n");
    CHECK(edited({.line = "Port 2", .match = Pattern("^Port")}, "x\n") == "x\nPort 2\n");
}

TEST_CASE("an expression that does not find the new line replaces one line, and not one more each time") {
    CHECK(edited({.line = "Port 2", .match = Pattern("^#Port")}, "#Port 1\n#Port 2\n") ==
          "#Port 1\nPort 2\n");
    CHECK(edited({.line = "Port 2", .match = Pattern("^#Port")}, "Port 2\n#Port 1\n") == "Port 2\n#Port 1\n");
}

TEST_CASE("a new line goes to its place") {
    CHECK(edited({.line = "x", .after = Pattern("^\\[b\\]")}, "[a]\n1\n[b]\n2\n") == "[a]\n1\n[b]\nx\n2\n");
    CHECK(edited({.line = "x", .before = Pattern("^\\[")}, "[a]\n1\n[b]\n2\n") == "[a]\n1\nx\n[b]\n2\n");
    CHECK(edited({.line = "x", .after = Pattern("1")}, "1\n1\n2\n") == "1\n1\nx\n2\n");
    CHECK(edited({.line = "x", .before = Pattern("1")}, "1\n") == "x\n1\n");
    CHECK(edited({.line = "x", .after = Pattern("2")}, "1\n2") == "1\n2\nx\n");
}

TEST_CASE("a place that is not there is an error, not the end of the file") {
    const dray::host::ManualClock clock;
    const LineEdit edit{.line = "x", .after = Pattern("^\\[c\\]")};
    CHECK_THROWS_WITH_AS(edit.applied_to("[a]\n", clock),
                         "cannot find the place for the line 'x': no line matches after = '^\\[c\\]'", Error);
    CHECK(edit.applied_to("x\n[a]\n", clock) == "x\n[a]\n");
}

TEST_CASE("absent takes out all lines that match or are equal") {
    CHECK(edited({.match = Pattern("^#"), .present = false}, "#\na\n# b\n") == "a\n");
    CHECK(edited({.line = "a", .present = false}, "a\nab\na\n") == "ab\n");
    CHECK(edited({.line = "a", .match = Pattern("^#"), .present = false}, "a\n#\nb") == "b");
    CHECK(edited({.match = Pattern("^$"), .present = false}, "a\n\n\nb\n") == "a\nb\n");
}

TEST_CASE("endings stay as they are, and a new line gets its neighbour's") {
    CHECK(edited({.line = "b", .match = Pattern("^a$")}, "a") == "b");
    CHECK(edited({.line = "b", .match = Pattern("^a$")}, "x\r\na\r\n") == "x\r\nb\r\n");
    CHECK(edited({.line = "b"}, "x\r\na\r\n") == "x\r\na\r\nb\r\n");
    CHECK(edited({.line = "b"}, "x\r\na") == "x\r\na\r\nb\r\n");
    CHECK(edited({.line = "b"}, "x") == "x\nb\n");
    CHECK(edited({.line = "b", .after = Pattern("x")}, "x\r\na\n") == "x\r\nb\r\na\n");
    CHECK(edited({.line = "b", .match = Pattern("^a$")}, std::string("\0\xff\r\na\n\n", 6)) ==
          std::string("\0\xff\r\nb\n\n", 6));
}

TEST_CASE("many slow lines are given up, too") {
    /// Each look at it is a second later.
    struct Hurrying : dray::host::Clock {
        dray::host::Time now() const override { return {}; }
        std::chrono::steady_clock::time_point steady() const override {
            return std::chrono::steady_clock::time_point(std::chrono::seconds(looks++));
        }
        void sleep(std::chrono::milliseconds) const override {}
        mutable int looks = 0;
    };
    const LineEdit edit{.line = "x", .match = Pattern("y")};
    CHECK_THROWS_AS(edit.applied_to("1\n2\n3\n4\n5\n6\n7\n8\n", Hurrying()), Error);
}

TEST_CASE("a file that gets a line keeps its owner and mode") {
    Converging host;
    host.memory.accounts.ensure_group({.name = "daemon"});
    host.memory.accounts.ensure_user({.name = "daemon", .group = "daemon"});
    host.memory.files.put("/etc/x", "a\n", {.owner = "daemon", .group = "daemon", .mode = 0640});
    CHECK(outcomes(host.recipe(resource("line = \"b\"")).converge()) == "changed");
    const auto status = host.memory.files.status("/etc/x");
    CHECK(status->owner == "daemon");
    CHECK(status->group == "daemon");
    CHECK(status->mode == 0640);
    CHECK(host.memory.files.read("/etc/x") == "a\nb\n");
}

TEST_CASE("a missing file is made only when asked, and is no trouble for a line that is to go") {
    Converging host;
    CHECK(errors(host.recipe(resource("line = \"b\"")).converge()).find("create = true") !=
          std::string::npos);
    CHECK(outcomes(host.recipe(resource("line = \"b\"\nstate = \"absent\"")).converge()) == "unchanged");
    CHECK(outcomes(host.recipe(resource("line = \"b\"\ncreate = true")).converge()) == "changed");
    CHECK(host.memory.files.status("/etc/x")->mode == 0644);
}

TEST_CASE("a link is not followed, and a folder is no file") {
    Converging host;
    host.memory.files.put("/etc/real", "a\n");
    host.memory.files.plant_link("/etc/x", "/etc/real", "root");
    CHECK(
        errors(host.recipe(resource("line = \"b\"")).converge()).find("it is a symbolic link to /etc/real") !=
        std::string::npos);
    CHECK(host.memory.files.read("/etc/real") == "a\n");
    host.memory.files.remove("/etc/x");
    host.memory.files.make_directory("/etc/x", {}, false);
    CHECK(errors(host.converge()).find("not a regular file") != std::string::npos);
}

TEST_CASE("what is said of several matches, and of an expression without an end") {
    struct Listener : dray::converge::Observer {
        void progress(const dray::converge::Run&, std::string_view, std::string_view line) override {
            heard = line;
        }
        std::string heard;
    } listener;
    Converging host;
    host.observers = {&listener};
    host.memory.files.put("/etc/x", "a 1\nb\na 2\n");
    host.recipe(resource("line = \"a 3\"\nmatch = \"^a\"")).converge();
    CHECK(listener.heard == "lines 1, 3 match; the last of them is the one that counts");
    host.memory.files.put("/etc/x", std::string(60, 'a') + "!\n");
    const auto run = host.recipe(resource("line = \"b\"\nmatch = '^(a+)+$'")).converge();
    CHECK(errors(run).find("match limit exceeded") != std::string::npos);
    CHECK(errors(run).find("/etc/x") != std::string::npos);
}

TEST_CASE("a line in a file with secrets is changed without showing them") {
    Converging host;
    host.memory.files.put("/etc/x", "token = hunter2\n");
    const auto run = host.recipe(resource("line = \"b\"\nsensitive = true")).dry_run();
    CHECK(run.steps.at(0).changes.at(0).display == dray::resources::Display::secret);
}

TEST_CASE("a link takes the place of a file, and never of a folder") {
    Converging host;
    const std::string link = "[[resource]]\ntype = \"link\"\nname = \"/etc/x\"\n";
    host.memory.files.put("/etc/x", "a file");
    CHECK(outcomes(host.recipe(link + "target = \"/srv\"\n").converge()) == "changed");
    CHECK(host.memory.files.read_link("/etc/x") == "/srv");
    host.memory.files.remove("/etc/x");
    host.memory.files.plant_link("/etc/x", "/srv", "mallory");
    CHECK(outcomes(host.converge()) == "changed");
    CHECK(host.memory.files.status("/etc/x")->owner == "root");
    host.memory.files.remove("/etc/x");
    host.memory.files.make_directory("/etc/x", {}, false);
    CHECK(errors(host.converge()).find("Is a directory") != std::string::npos);
    CHECK(errors(host.recipe(link + "state = \"absent\"\n").converge()).find("a directory is in its place") !=
          std::string::npos);
}
