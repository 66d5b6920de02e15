// Reports: diffs that can be applied, secrets that never appear, records that survive being tampered with.
#include "converging.h"
#include "report/explanation.h"
#include "report/json.h"
#include "report/status.h"
#include "report/terminal.h"
#include "report/unified_diff.h"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <random>
#include <sstream>

using dray::report::unified_diff;
using dray::test::Converging;
using Texts = std::vector<std::string>;

namespace {

Texts lines_of(const std::string& text) {
    Texts lines;
    std::istringstream stream(text);
    for (std::string line; std::getline(stream, line);)
        lines.push_back(line);
    return lines;
}

/// What patch(1) would make of `from`.
Texts patched(const Texts& from, const Texts& diff) {
    Texts out;
    std::size_t at = 0;
    for (const auto& line : diff) {
        if (line.starts_with("@@")) {
            std::size_t begin = 0;
            std::size_t count = 0;
            std::sscanf(line.c_str(), "@@ -%zu,%zu", &begin, &count);
            if (count > 0) --begin;
            while (at < begin)
                out.push_back(from.at(at++));
        } else if (line.front() == '+') {
            out.push_back(line.substr(1));
        } else {
            CHECK(from.at(at) == line.substr(1));
            if (line.front() == ' ') out.push_back(from.at(at));
            ++at;
        }
    }
    while (at < from.size())
        out.push_back(from.at(at++));
    return out;
}

std::string file(const std::string& keys) {
    return "[[resource]]\ntype = \"file\"\nname = \"/etc/x\"\n" + keys + "\n";
}

}  // namespace

TEST_CASE("a diff reads as diff -u writes it") {
    CHECK(unified_diff("a\nb\nc\n", "a\nB\nc\n") == Texts{"@@ -1,3 +1,3 @@", " a", "-b", "+B", " c"});
    CHECK(unified_diff("", "a\n") == Texts{"@@ -0,0 +1,1 @@", "+a"});
    CHECK(unified_diff("a\n", "") == Texts{"@@ -1,1 +0,0 @@", "-a"});
    CHECK(unified_diff("a\n", "a\n").empty());
    CHECK(unified_diff("1\n2\n3\n4\n5\n6\n7\n8\n9\nx\n", "1\n2\n3\n4\n5\n6\n7\n8\n9\ny\n") ==
          Texts{"@@ -7,4 +7,4 @@", " 7", " 8", " 9", "-x", "+y"});
    CHECK(unified_diff(std::string("\0", 1), "a") == Texts{"(1 bytes → 1 bytes)"});
    CHECK(unified_diff("a", "a\n").size() == 1);
}

TEST_CASE("a diff applied to the old text gives the new one, for many random texts") {
    std::mt19937 random(26113);
    for (int round = 0; round < 200; ++round) {
        const auto text = [&random] {
            std::string out;
            for (auto lines = random() % 40; lines > 0; --lines)
                out += std::string(1, static_cast<char>('a' + random() % 4)) + "\n";
            return out;
        };
        const auto from = text();
        const auto to = text();
        CHECK(patched(lines_of(from), unified_diff(from, to)) == lines_of(to));
    }
}

TEST_CASE("a secret appears in no report, whatever happens to it") {
    Converging host;
    std::ostringstream terminal_text;
    std::ostringstream json_text;
    dray::report::Terminal terminal(terminal_text, true);
    dray::report::JsonReport json(json_text);
    dray::report::LastRun last(host.memory.files, "/var/lib/dray/last-run.json");
    host.observers = {&terminal, &json, &last};
    host.recipe(file("content = \"hunter2\"\nsensitive = true"));
    host.dry_run();
    host.converge();
    host.recipe(file("content = \"hunter3\"\nsensitive = true"));
    host.converge();
    host.memory.files.refuse("/etc/x", EROFS);
    host.recipe(file("content = \"hunter4\"\nsensitive = true"));
    CHECK(dray::test::outcomes(host.converge()) == "failed");
    const auto everything =
        terminal_text.str() + json_text.str() + host.memory.files.read("/var/lib/dray/last-run.json").value();
    CHECK(everything.find("hunter") == std::string::npos);
    CHECK(everything.find("(sensitive") != std::string::npos);
}

TEST_CASE("on a terminal a diff is in colour, what goes in another one than what comes") {
    Converging host;
    host.recipe(file("content = \"a\\nb\\n\"")).converge();
    std::ostringstream text;
    dray::report::Terminal terminal(text, true);
    host.observers = {&terminal};
    host.recipe(file("content = \"a\\nc\\n\"")).dry_run();
    CAPTURE(text.str());
    CHECK(text.str().find("\x1b[31m-b\x1b[0m\n") != std::string::npos);
    CHECK(text.str().find("\x1b[32m+c\x1b[0m\n") != std::string::npos);
    CHECK(text.str().find("\x1b[2m a\x1b[0m\n") != std::string::npos);
}

TEST_CASE("the terminal shows what changed with a diff, and how the run ended") {
    Converging host;
    std::ostringstream text;
    dray::report::Terminal terminal(text, false);
    host.observers = {&terminal};
    host.recipe(file("content = \"a\\n\"")).converge();
    CHECK(text.str().starts_with("converging r\nfile[/etc/x] changed\n  type absent → file\n"));
    CHECK(text.str().find("    @@ -0,0 +1,1 @@\n    +a\n") != std::string::npos);
    CHECK(text.str().find("converged: 1 resource, 1 changed, in 0.000 s\n") != std::string::npos);
}

TEST_CASE("what others wrote cannot redraw the terminal") {
    Converging host;
    std::ostringstream text;
    dray::report::Terminal terminal(text, false);
    host.observers = {&terminal};
    host.memory.files.put("/etc/x",
                          "\x1b[2Jall is well\r\xc2\x9b"
                          "2J\n\tumlaut \xc3\xa4\n",
                          {.owner = "root", .group = "root", .mode = 0644});
    host.memory.processes.answer("e", {.exit_code = 1, .output = "\x1b]0;title\x07\n"});
    host.recipe(file("content = \"\"") +
                "[[resource]]\ntype = \"execute\"\nname = \"e\"\ncommand = [\"e\"]\n")
        .converge();
    for (const auto* bad : {"\x1b", "\r", "\x07", "\xc2\x9b"})
        CHECK(text.str().find(bad) == std::string::npos);
    CHECK(text.str().find("-?[2Jall is well??2J\n    -\tumlaut \xc3\xa4\n") != std::string::npos);
}

TEST_CASE("a resource that was notified late is one resource still") {
    dray::converge::Run run;
    run.steps.resize(3);
    run.steps[0].resource = run.steps[2].resource = "service[s.service]";
    run.steps[1].resource = "file[/etc/a]";
    run.steps[1].outcome = run.steps[2].outcome = dray::converge::Outcome::changed;
    CHECK(dray::report::summary_line(run).starts_with("converged: 2 resources, 2 changed"));
}

TEST_CASE("a step reads as one line, in a dry run as an announcement") {
    dray::converge::Run run;
    dray::converge::Step step;
    step.resource = "package[warehouse]";
    step.outcome = dray::converge::Outcome::changed;
    step.changes = {{"version", "26.11.1", "26.11.2"},
                    {"content", "a", "b", dray::resources::Display::content},
                    {"key", "hunter2", "hunter3", dray::resources::Display::secret}};
    CHECK(dray::report::step_line(run, step) ==
          "package[warehouse] changed: version 26.11.1 → 26.11.2, content, key (sensitive, changed)");
    run.dry_run = true;
    step.changes.clear();
    step.outcome = dray::converge::Outcome::conditional;
    step.reason = "if `x` succeeds";
    CHECK(dray::report::step_line(run, step) == "package[warehouse] would change: if `x` succeeds");
}

TEST_CASE("a record is valid UTF-8 whatever programs print, and long contents are cut off") {
    Converging host;
    std::ostringstream text;
    dray::report::JsonReport json(text);
    host.observers = {&json};
    host.memory.files.put("/etc/x", "\xff\xfe" + std::string(100'000, '\xc3'));
    host.recipe(file("content = \"a\"")).converge();
    const auto record = nlohmann::json::parse(text.str());
    CHECK(record["resources"][0]["changes"].back()["from"].get<std::string>().ends_with("… (100002 bytes)"));
}

TEST_CASE("the JSON record has what a program needs") {
    Converging host;
    const auto run = host.recipe(file("content = \"a\"")).converge();
    const auto record = dray::report::run_json(run);
    CHECK(record["exit_code"] == 0);
    CHECK(record["changed"] == true);
    CHECK(record["resources"][0]["resource"] == "file[/etc/x]");
    CHECK(record["resources"][0]["outcome"] == "changed");
    CHECK(record["resources"][0]["changes"][0] ==
          nlohmann::ordered_json{{"name", "type"}, {"from", "absent"}, {"to", "file"}});
}

TEST_CASE("a run that does not begin has a document, too, with each error and its place") {
    const auto document = dray::report::unbegun_json(
        65, {dray::Error({"unknown type 'pakage'", "", "did you mean 'package'?", {"/r/recipe.toml", 15}}),
             dray::Error("cannot find recipe r", "there is none")});
    CHECK(document == nlohmann::ordered_json::parse(
                          R"({"exit_code": 65, "changed": false, "errors": [
                   {"message": "unknown type 'pakage'", "hint": "did you mean 'package'?",
                    "where": "/r/recipe.toml:15", "file": "/r/recipe.toml", "line": 15},
                   {"message": "cannot find recipe r: there is none"}]})"));
}

TEST_CASE("the status is told without a run, after one, and from records that cannot be read") {
    Converging host;
    const auto status = [&] { return dray::report::status(host.memory.host, "/var/lib/dray", "", false); };
    CHECK(status().find("none yet") != std::string::npos);
    dray::report::LastRun last(host.memory.files, "/var/lib/dray/last-run.json");
    host.observers = {&last};
    host.recipe(file("content = \"a\"")).converge();
    CHECK(status().find("converged, with changes") != std::string::npos);
    CHECK(status().find("file[/etc/x] changed") != std::string::npos);
    for (const auto* text :
         {"", "{ broken", "[]", "3", R"({"exit_code": "x", "recipes": 3})", R"({"resources": [1]})"}) {
        host.memory.files.put("/var/lib/dray/last-run.json", text);
        CHECK_MESSAGE(status().find("cannot be read") != std::string::npos, text);
    }
    host.memory.files.put("/var/lib/dray/last-run.json", std::string(4096, '\0'));  // as after a power cut
    CHECK(status().find("cannot be read; the next run writes a new one") != std::string::npos);
    CHECK(nlohmann::json::parse(dray::report::status(host.memory.host, "/var/lib/dray", "", true))["timer"] ==
          "not installed");
}

TEST_CASE("the status tells that the service has failed, which leaves no record of its own") {
    Converging host;
    host.memory.files.put("/etc/systemd/system/dray.service", "[Service]\nType=oneshot\n");
    host.memory.systemd.daemon_reload();
    const auto status = [&](bool json) {
        return dray::report::status(host.memory.host, "/var/lib/dray", "", json);
    };
    const auto service = [&] { return nlohmann::json::parse(status(true))["service"]; };
    host.memory.systemd.start("dray.service");
    CHECK(status(false).find("service:") == std::string::npos);
    CHECK(service() == nlohmann::json{{"state", "active"}});

    host.memory.systemd.crash("dray.service", false);
    const auto ends = [&](const std::string& result, int code, int value) {
        host.memory.processes.answer_others([=](const dray::host::Command& command) -> dray::host::Result {
            CHECK(command.argv.back() == "dray.service");
            return {.exit_code = 0,
                    .output = "Result=" + result + "\nStateChangeTimestamp=Tue 2026-12-01 03:30:00 UTC\n" +
                              "ExecMainCode=" + std::to_string(code) +
                              "\nExecMainStatus=" + std::to_string(value) + "\n"};
        });
    };
    ends("exit-code", 1, 65);
    CHECK(status(false).find("service:    failed (exit 65) at Tue 2026-12-01 03:30:00 UTC; "
                             "see journalctl -u dray\n") != std::string::npos);
    CHECK(service()["exit_code"] == 65);
    ends("signal", 2, 9);
    CHECK(status(false).find("failed (killed by signal 9) at") != std::string::npos);
    CHECK(service()["signal"] == 9);
    ends("timeout", 2, 15);
    CHECK(status(false).find("failed (timeout) at") != std::string::npos);
}

TEST_CASE("an explanation has a line for each version, and what a recipe wants") {
    const dray::host::PackageWish wish{.name = "warehouse", .version = "<< 3", .from = {"internal"}};
    const dray::host::AptExplanation explanation{
        .status = {"1", "2", ""},
        .versions = {
            {.version = "3", .priority = 500, .origins = {"http://a stable/main"}, .words = "does not fit"},
            {.version = "2", .priority = 500, .origins = {}, .candidate = true, .words = "the candidate"}}};
    const dray::report::DeclaredWish declared{wish, {"recipe.toml", 7}};
    CHECK(dray::report::explanation_text(wish, declared, explanation) ==
          "warehouse: installed 1, candidate 2\n"
          "wanted: version \"<< 3\" from internal (at recipe.toml:7)\n"
          "  3  priority  500  does not fit\n"
          "       http://a stable/main\n"
          "* 2  priority  500  the candidate\n");
    const auto json = nlohmann::json::parse(dray::report::explanation_json(wish, declared, explanation));
    CHECK(json["candidate"] == "2");
    CHECK(json["wanted"]["where"] == "recipe.toml:7");
    CHECK(json["versions"][1]["candidate"] == true);
    CHECK(dray::report::explanation_text({.name = "x"}, {},
                                         {.status = {"", "", "no source has it"}, .versions = {}}) ==
          "x: installed none, candidate none: no source has it\n"
          "wanted: by no recipe of this host; apt's own choice is explained\n");
}
