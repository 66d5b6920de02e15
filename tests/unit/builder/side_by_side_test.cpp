// Unit tests of parts of a build that are done at the same time.
#include "builder/side_by_side.h"

#include "builder/progress.h"
#include "builder/room_watch.h"
#include "builder/unsure.h"
#include "error.h"
#include "host/clock.h"
#include "host/clock_memory.h"
#include "host/process.h"

#include <doctest/doctest.h>

#include <array>
#include <atomic>
#include <chrono>
#include <string>
#include <string_view>

using namespace dray;
using namespace dray::builder;

TEST_CASE("all parts are done, each once") {
    const host::SystemProcesses processes;
    std::array<std::atomic<int>, 7> done{};
    side_by_side(done.size(), processes, [&](std::size_t number, const host::Processes& how) {
        CHECK(how.run({.argv = {"true"}}).ok());
        ++done[number];
    });
    for (const auto& times : done)
        CHECK(times == 1);
}

TEST_CASE("the first failure ends what the others run, and no further part begins") {
    const host::SystemProcesses processes;
    const auto begin = std::chrono::steady_clock::now();
    std::atomic<int> begun = 0;
    CHECK_THROWS_WITH_AS(side_by_side(1000, processes,
                                      [&](std::size_t number, const host::Processes& how) {
                                          ++begun;
                                          if (number == 0) throw Error("cannot build", "it is broken");
                                          how.check({.argv = {"sleep", "1000"}}, "cannot sleep");
                                      }),
                         doctest::Contains("it is broken"), Error);
    CHECK(begun < 1000);
    CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds(500));
}

TEST_CASE("parts of parts end when what they are a part of is stopped, and when one of them fails") {
    const host::SystemProcesses processes;
    const auto begin = std::chrono::steady_clock::now();
    const auto two = [](const host::Processes& how, const char* first, const char* second) {
        side_by_side(2, how, [&](std::size_t number, const host::Processes& inner) {
            inner.check({.argv = {"sh", "-c", number == 0 ? first : second}}, "cannot do that");
        });
    };
    SUBCASE("stopped from outside") {
        CHECK_THROWS_WITH_AS(side_by_side(2, processes,
                                          [&](std::size_t number, const host::Processes& how) {
                                              if (number == 0) throw Error("cannot build", "it is broken");
                                              two(how, "sleep 1000", "sleep 1000");
                                          }),
                             doctest::Contains("it is broken"), Error);
    }
    SUBCASE("one of them fails") {
        const StoppableProcesses outer(processes);
        CHECK_THROWS_WITH_AS(two(outer, "exit 3", "sleep 1000"), doctest::Contains("exit status 3"), Error);
        CHECK(outer.run({.argv = {"true"}}).ok());
    }
    CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds(500));
}

TEST_CASE("once stopped nothing is started") {
    const host::SystemProcesses processes;
    const StoppableProcesses stoppable(processes);
    CHECK(stoppable.run({.argv = {"true"}}).ok());
    stoppable.stop();
    stoppable.stop();
    CHECK_THROWS_AS(stoppable.run({.argv = {"true"}}), Error);
}

TEST_CASE("who waits between two commands is told when what it is a part of is stopped") {
    const host::SystemProcesses processes;
    const StoppableProcesses outer(processes);
    const host::Processes& how = outer;
    const StoppableProcesses inner(how);
    CHECK_NOTHROW(inner.throw_if_stopped());
    SUBCASE("itself") {
        inner.stop();
        CHECK_NOTHROW(outer.throw_if_stopped());
    }
    SUBCASE("from outside") {
        outer.stop();
    }
    CHECK_THROWS_AS(inner.throw_if_stopped(), Error);
}

TEST_CASE("a step beside others is one line, when it has ended") {
    const host::SystemClock clock;
    std::string said;
    Progress progress(clock, [&](std::string_view text) { said += text; });
    {
        const Progress::SideBySide lines(progress, true);
        progress.step("outer", [&] {
            progress.step("inner", [] { return std::string("x"); });
            return std::string("y");
        });
    }
    CHECK(said.find("  inner ") == 0);
    CHECK(said.find("  x\n  outer ") != std::string::npos);
    CHECK(said.ends_with("  y\n"));
    said.clear();
    progress.step("alone", [&] {
        CHECK(said == "  alone          ");
        return std::string();
    });
    CHECK(progress.steps().size() == 3);
}

TEST_CASE("a step's line says what took the time") {
    const host::ManualClock clock;
    std::string said;
    Progress progress(clock, [&](std::string_view text) { said += text; });
    const auto work = [&] {
        clock.sleep(std::chrono::milliseconds(71'260));
        return std::string("x");
    };
    std::string opening;
    SUBCASE("alone") {
        opening = "  tests           71.3 s";
        progress.step("tests", work);
        CHECK(said == opening + "  x\n");
    }
    SUBCASE("beside others") {
        opening = "  package trixie  71.3 s";
        const Progress::SideBySide lines(progress, true);
        progress.step("package trixie", work);
        CHECK(said == opening + "  x\n");
    }
    SUBCASE("when it fails") {
        opening = "  checks          71.3 s";
        CHECK_THROWS_AS(progress.step("checks",
                                      [&]() -> std::string {
                                          work();
                                          throw Error("cannot import", "it is broken");
                                      }),
                        Error);
        CHECK(said == opening + "  failed\n");
    }
    REQUIRE(progress.steps().size() == 1);
    CHECK(progress.steps().front().time == std::chrono::milliseconds(71'260));
}

TEST_CASE("what hangs on a full disk is ended, and what fails there is told of as it was") {
    const host::SystemProcesses processes;
    auto every = std::chrono::milliseconds(std::chrono::hours(1));
    const auto run = [&](bool full, const char* script) {
        end_when_full(
            processes, [full] { return full; },
            [&](const host::Processes& how) {
                how.check({.argv = {"sh", "-c", script}}, "cannot do that");
            },
            every);
    };
    CHECK_NOTHROW(run(true, "true"));
    CHECK_NOTHROW(run(false, "true"));
    CHECK_THROWS_WITH_AS(run(true, "exit 3"), doctest::Contains("exit status 3"), Error);
    every = std::chrono::milliseconds(1);
    try {
        run(true, "sleep 1000");
        FAIL("it did not hang");
    } catch (const Error& error) {
        CHECK(error.parts().attempt == "cannot do that");
        CHECK(tells_of_full_disk(error));
    }
}
