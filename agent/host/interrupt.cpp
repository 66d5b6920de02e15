// SIGINT, SIGTERM and SIGHUP turned into a question that long work asks.
#include "host/interrupt.h"

#include "error.h"

#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <stdexcept>

namespace dray::host {
namespace {

constexpr std::array handled{SIGINT, SIGTERM, SIGHUP, SIGPIPE};

/// The only state at namespace scope in dray: a signal handler gets a signal's number and nothing else, so
/// what it is to mark must be found without an argument. Both are lock-free atomics, which signal-safety(7)
/// allows.
std::atomic<int> received{0};
std::atomic<int> event{-1};
static_assert(std::atomic<int>::is_always_lock_free);

/// What the signals did before the guard; read and written by InterruptGuard alone.
std::array<struct sigaction, handled.size()> before{};

void mark(int signal) {
    const int saved = errno;
    received.store(signal);
    const std::uint64_t one = 1;
    // An eventfd that is full is readable already, so there is nothing to do about a failure.
    [[maybe_unused]] const auto written = ::write(event.load(), &one, sizeof one);
    errno = saved;
}

}  // namespace

InterruptGuard::InterruptGuard() {
    if (event.load() >= 0) throw std::logic_error("there is an InterruptGuard already");
    const int descriptor = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (descriptor < 0) throw Error::system("cannot prepare for signals", errno);
    received.store(0);
    event.store(descriptor);
    // Who ignores SIGCHLD passes that on to us, and the kernel would then keep no exit codes of our children.
    std::signal(SIGCHLD, SIG_DFL);
    for (std::size_t i = 0; i < handled.size(); ++i) {
        struct sigaction action {};
        ::sigaction(handled[i], nullptr, &before[i]);
        // nohup(1) and shells without job control ignore a signal on purpose: leave that as it is.
        if (before[i].sa_handler == SIG_IGN) continue;
        action.sa_handler = handled[i] == SIGPIPE ? SIG_IGN : mark;
        ::sigemptyset(&action.sa_mask);
        // Not SA_RESTART: whatever waits shall notice.
        ::sigaction(handled[i], &action, nullptr);
    }
}

InterruptGuard::~InterruptGuard() {
    for (std::size_t i = 0; i < handled.size(); ++i)
        ::sigaction(handled[i], &before[i], nullptr);
    ::close(event.exchange(-1));
    received.store(0);
}

int interrupted() {
    return received.load();
}

int interrupt_descriptor() {
    return event.load();
}

void throw_if_interrupted() {
    const int signal = interrupted();
    if (signal == 0) return;
    const char* const name = ::sigabbrev_np(signal);
    throw Error(std::string("stopped by signal ") + (name != nullptr ? "SIG" + std::string(name) : "?"), "",
                "the next run goes on from here");
}

void end_by_signal() {
    const int signal = interrupted();
    std::signal(signal, SIG_DFL);
    std::raise(signal);
    ::_exit(128 + signal);  // what a shell would say; reached only when somebody has blocked the signal
}

}  // namespace dray::host
