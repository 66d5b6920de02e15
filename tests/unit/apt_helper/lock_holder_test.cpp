// Who holds a lock, and since when.
#include "apt_helper/lock_holder.h"

#include "host/clock.h"

#include <doctest/doctest.h>

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <thread>

using namespace dray::apt_helper;
using namespace std::chrono_literals;
using std::chrono::system_clock;

TEST_CASE("a process has begun when it was started, not when somebody first looked at it") {
    const auto before = system_clock::now();
    const pid_t child = ::fork();
    if (child == 0) {
        ::pause();
        ::_exit(0);
    }
    const auto after = system_clock::now();
    std::this_thread::sleep_for(3s);
    const auto start = process_start(child);
    const auto text = process_text(child);
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
    REQUIRE(start);
    // The kernel tells both the start of the system and that of the process in whole ticks of a second.
    CHECK(*start >= before - 2s);
    CHECK(*start <= after + 1s);
    CHECK(text.find(", since " + dray::host::utc_text(*start)) != std::string::npos);
}

TEST_CASE("a process that is gone, or of another container, has no beginning") {
    CHECK_FALSE(process_start(0));
    CHECK(process_text(0) == "a process of another container");
    const pid_t child = ::fork();
    if (child == 0) ::_exit(0);
    ::waitpid(child, nullptr, 0);
    CHECK_FALSE(process_start(child));
    CHECK(process_text(child) == "process " + std::to_string(child));
}
