// Time, and signals that cut a wait short.
#include "host/clock.h"

#include "error.h"
#include "host/clock_memory.h"
#include "host/interrupt.h"

#include <doctest/doctest.h>

#include <csignal>
#include <stdexcept>

using dray::Error;
using dray::host::InterruptGuard;
using dray::host::SystemClock;
using std::chrono::milliseconds;
using std::chrono::seconds;

namespace {

/// What a signal does, whatever whoever started the tests (nohup, or a shell's &) has made of it.
class Disposition {
  public:
    Disposition(int signal, void (*handler)(int)) : signal_(signal) {
        struct sigaction wanted {};
        wanted.sa_handler = handler;
        ::sigaction(signal_, &wanted, &before_);
    }
    ~Disposition() { ::sigaction(signal_, &before_, nullptr); }
    Disposition(const Disposition&) = delete;
    Disposition& operator=(const Disposition&) = delete;

  private:
    int signal_;
    struct sigaction before_ {};
};

}  // namespace

TEST_CASE("a time is written in UTC with whole seconds") {
    using dray::host::Time;
    CHECK(dray::host::utc_text(Time(seconds(0))) == "1970-01-01T00:00:00Z");
    CHECK(dray::host::utc_text(Time(seconds(1795458869)) + milliseconds(999)) == "2026-11-23T18:34:29Z");
    CHECK(dray::host::utc_text(Time(milliseconds(-1))) == "1969-12-31T23:59:59Z");
}

TEST_CASE("a sleep lasts its time") {
    const SystemClock clock;
    const auto start = clock.steady();
    clock.sleep(milliseconds(20));
    CHECK(clock.steady() - start >= milliseconds(20));
    clock.sleep(milliseconds(-5));
    clock.sleep(milliseconds(0));
    CHECK(clock.steady() - start < seconds(20));
}

TEST_CASE("signals only set a mark while there is a guard") {
    const Disposition usual(SIGINT, SIG_DFL);
    CHECK(dray::host::interrupt_descriptor() == -1);
    {
        const InterruptGuard guard;
        CHECK(dray::host::interrupted() == 0);
        CHECK_NOTHROW(dray::host::throw_if_interrupted());
        ::raise(SIGINT);
        CHECK(dray::host::interrupted() == SIGINT);
        CHECK_THROWS_WITH_AS(dray::host::throw_if_interrupted(), "stopped by signal SIGINT", Error);
        CHECK_THROWS_AS(InterruptGuard(), std::logic_error);
    }
    CHECK(dray::host::interrupted() == 0);
    CHECK(dray::host::interrupt_descriptor() == -1);
}

TEST_CASE("a reader that goes away does not end the run") {
    const InterruptGuard guard;
    ::raise(SIGPIPE);
    CHECK(dray::host::interrupted() == 0);
}

TEST_CASE("a signal ends a sleep") {
    const Disposition usual(SIGHUP, SIG_DFL);
    const InterruptGuard guard;
    const SystemClock clock;
    const auto start = clock.steady();
    ::raise(SIGHUP);
    clock.sleep(seconds(30));
    CHECK(clock.steady() - start < seconds(20));
}

TEST_CASE("a signal that was ignored on purpose stays ignored") {
    const Disposition ignored(SIGHUP, SIG_IGN);
    const InterruptGuard guard;
    ::raise(SIGHUP);
    CHECK(dray::host::interrupted() == 0);
}

TEST_CASE("a manual clock moves when somebody sleeps") {
    const dray::host::ManualClock clock;
    const auto start = clock.steady();
    CHECK(dray::host::utc_text(clock.now()) == "2026-11-23T18:34:29Z");
    clock.sleep(seconds(30));
    CHECK(clock.steady() - start == seconds(30));
    CHECK(dray::host::utc_text(clock.now()) == "2026-11-23T18:34:59Z");
}
