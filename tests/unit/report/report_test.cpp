// Reports: diffs that can be applied, secrets that never appear, records that survive being tampered with.
#include "converging.h"
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

TEST_CASE("the status is told without a run, after one, and from records that cannot be read") {
    Converging host;
    const auto status = [&] { return dray::report::status(host.memory.host, "/var/lib/dray", false); };
    CHECK(status().find("none yet") != std::string::npos);
    dray::report::LastRun last(host.memory.files, "/var/lib/dray/last-run.json");
    host.observers = {&last};
    host.recipe(file("content = \"a\"")).converge();
    CHECK(status().find("converged, with changes") != std::string::npos);
    CHECK(status().find("file[/etc/x] changed") != std::string::npos);
    for (const auto* text :
         {"{ broken", "[]", "3", R"({"exit_code": "x", "recipes": 3})", R"({"resources": [1]})"}) {
        host.memory.files.put("/var/lib/dray/last-run.json", text);
        CHECK_MESSAGE(status().find("cannot be read") != std::string::npos, text);
    }
    CHECK(nlohmann::json::parse(dray::report::status(host.memory.host, "/var/lib/dray", true))["timer"] ==
          "not installed");
}
