// Unit tests of the logs of runs: which are kept, and for how long.
#include "builder/run_log.h"

#include "builder/push_queue.h"
#include "builder/scratch.h"

#include <doctest/doctest.h>

#include <fstream>
#include <sstream>

using namespace dray;
using namespace dray::builder;
namespace fs = std::filesystem;

namespace {

std::size_t count(const fs::path& folder) {
    return static_cast<std::size_t>(std::distance(fs::directory_iterator(folder), fs::directory_iterator()));
}

/// Logs of earlier runs, "2026-01-001-watch-1.log" being the oldest.
void fill(const fs::path& folder, std::size_t number) {
    fs::create_directories(folder);
    for (std::size_t i = 1; i <= number; ++i) {
        std::string name = std::to_string(i);
        name.insert(0, 3 - name.size(), '0');
        std::ofstream(folder / ("2026-01-" + name + "-watch-1.log")) << i;
    }
}

}  // namespace

TEST_CASE("a log that is held is written when its run turns out to be one, and with all that was before") {
    const Scratch scratch;
    RunLog log(scratch.path() / "logs", "watch");
    log.hold();
    log.write("looked\n");
    CHECK(!log.path());
    CHECK(!fs::exists(scratch.path() / "logs"));
    SUBCASE("it does not, and nothing is left of it") {}
    SUBCASE("it does") {
        log.keep();
        log.write("built\n");
        REQUIRE(log.path());
        std::ostringstream text;
        text << std::ifstream(*log.path()).rdbuf();
        CHECK(text.str() == "looked\nbuilt\n");
    }
}

TEST_CASE("commands at the same time are told apart, line by line, and the first is as if it were alone") {
    const Scratch scratch;
    RunLog log(scratch.path(), "release");
    {
        RunLog::Voice first(log);
        first.say("$ one\n");
        first.say("begun");
        RunLog::Voice second(log);
        second.say("$ two\nhal");
        first.say(" and done\n");
        second.say("f\n");
        second.say("open");
        second.say_apart("[exit status 0]\n");
    }
    RunLog::Voice third(log);
    third.say("$ three\n");
    std::ostringstream text;
    text << std::ifstream(*log.path()).rdbuf();
    CHECK(text.str() ==
          "$ one\nbegun\n2| $ two\n and done\n2| half\n2| open\n2| [exit status 0]\n2| \n$ three\n");
}

TEST_CASE("of old logs those that a history names stay") {
    const Scratch scratch;
    fill(scratch.path(), kept_logs + 20);
    RunLog log(scratch.path(), "release", [] { return std::set<std::string>{"2026-01-001-watch-1"}; });
    log.write("one more\n");
    CHECK(fs::exists(scratch.path() / "2026-01-001-watch-1.log"));
    CHECK(!fs::exists(scratch.path() / "2026-01-002-watch-1.log"));
    CHECK(count(scratch.path()) == kept_logs + 1);
}

TEST_CASE("the runs of all histories of a build host are known by name") {
    const Scratch scratch;
    host::SystemFiles files;
    CHECK(named_runs(files, scratch.path() / "missing").empty());
    std::ofstream(scratch.path() / "stray") << "x";
    for (const char* repository : {"one", "two"}) {
        History history(files, scratch.path() / repository / "history");
        history.add({.run = std::string("run of ") + repository,
                     .commit = {},
                     .result = {},
                     .version = {},
                     .text = {}});
    }
    CHECK(named_runs(files, scratch.path()) == std::set<std::string>{"run of one", "run of two"});
}
