// SIGINT, SIGTERM and SIGHUP turned into a question that long work asks, so that a run ends between two
// steps.
#pragma once

#include <string>

namespace dray::host {

/// While one of these lives, the three signals only set a mark, and SIGPIPE is ignored: a reader of the
/// output that goes away must not end a run half-way. Programs that are started get default signals again.
/// Make one, in main(), before any work; there is one at a time.
class InterruptGuard {
  public:
    /// Throws Error.
    InterruptGuard();
    ~InterruptGuard();
    InterruptGuard(const InterruptGuard&) = delete;
    InterruptGuard& operator=(const InterruptGuard&) = delete;
};

/// The number of the signal that came, or 0. Async-signal-safe.
int interrupted();

/// A descriptor that becomes readable once a signal has come, for poll(2); -1 without an InterruptGuard.
int interrupt_descriptor();

/// Throws Error "stopped by signal …" when one has come.
void throw_if_interrupted();

/// Ends this program by the signal that came, as if it had not been caught: a shell's script stops with it,
/// and systemd tells a stop from a failure. Call it last, when a signal has come; output that is still
/// buffered is lost.
[[noreturn]] void end_by_signal();

}  // namespace dray::host
