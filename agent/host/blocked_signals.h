// A time without signals.
#pragma once

#include <csignal>

namespace dray::host {

/// Blocks all signals in this thread while it lives. What is started meanwhile begins like that: our handlers
/// must not run in another process.
class BlockedSignals {
  public:
    BlockedSignals() {
        ::sigset_t all;
        ::sigfillset(&all);
        ::pthread_sigmask(SIG_SETMASK, &all, &before_);
    }
    ~BlockedSignals() { ::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
    BlockedSignals(const BlockedSignals&) = delete;
    BlockedSignals& operator=(const BlockedSignals&) = delete;

  private:
    ::sigset_t before_{};
};

}  // namespace dray::host
