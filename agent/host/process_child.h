// The moment between fork and exec: everything is allocated before it, and what fails in it reaches the
// parent.
#pragma once

#include "host/descriptor.h"
#include "host/process.h"

#include <sys/types.h>

#include <string>

namespace dray::host {

/// A child that has reached its program, in a process group of its own. Destroyed before it was waited for,
/// the group is killed and the child reaped.
class Child {
  public:
    /// Starts `command`. Throws Error when anything up to exec fails.
    explicit Child(const Command& command);
    ~Child();
    Child(const Child&) = delete;
    Child& operator=(const Child&) = delete;

    int exit_event() const {
        return exit_event_.get();
    }                                         ///< readable once the child has ended; see pidfd_open(2)
    Descriptor& output() { return output_; }  ///< the reading end of standard output, non-blocking
    const Descriptor& output() const { return output_; }
    Descriptor& errors() { return errors_; }
    const Descriptor& errors() const { return errors_; }

    /// Sends a signal to the process group. The group's number is not given to others before reap().
    void signal_group(int signal) const;

    /// Waits for the child's end; its exit code as a shell reports it.
    int reap();

  private:
    pid_t pid_ = -1;
    Descriptor exit_event_;
    Descriptor output_;
    Descriptor errors_;
};

}  // namespace dray::host
