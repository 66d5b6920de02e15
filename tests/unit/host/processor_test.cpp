// Which processor a process runs on.
#include "host/processor.h"

#include <doctest/doctest.h>

#include <sched.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <string>

namespace {

/// Waits until it is killed.
class Sleeper {
  public:
    Sleeper() : process(::fork()) {
        if (process != 0) return;
        for (;;)
            ::pause();
    }
    ~Sleeper() {
        ::kill(process, SIGKILL);
        ::waitpid(process, nullptr, 0);
    }
    Sleeper(const Sleeper&) = delete;
    Sleeper& operator=(const Sleeper&) = delete;

    pid_t process;
};

cpu_set_t allowed_now(pid_t process) {
    cpu_set_t allowed;
    REQUIRE(::sched_getaffinity(process, sizeof allowed, &allowed) == 0);
    return allowed;
}

}  // namespace

TEST_CASE(
    "a child that begins elsewhere may run where it might before, and one that ends elsewhere not here") {
    const Sleeper child;
    const cpu_set_t all = allowed_now(0);
    dray::host::begin_elsewhere(child.process);
    cpu_set_t left = allowed_now(child.process);
    CHECK(CPU_EQUAL(&left, &all));
    dray::host::end_elsewhere(child.process);
    left = allowed_now(child.process);
    CHECK(CPU_COUNT(&left) == (CPU_COUNT(&all) > 1 ? CPU_COUNT(&all) - 1 : 1));
}

TEST_CASE("a process that may run on one processor alone is left there") {
    const Sleeper child;
    cpu_set_t one;
    CPU_ZERO(&one);
    const cpu_set_t all = allowed_now(0);
    for (int each = 0; each < CPU_SETSIZE && CPU_COUNT(&one) == 0; ++each)
        if (CPU_ISSET(each, &all)) CPU_SET(each, &one);
    REQUIRE(::sched_setaffinity(child.process, sizeof one, &one) == 0);
    dray::host::begin_elsewhere(child.process);
    dray::host::end_elsewhere(child.process);
    const cpu_set_t left = allowed_now(child.process);
    CHECK(CPU_EQUAL(&left, &one));
}
