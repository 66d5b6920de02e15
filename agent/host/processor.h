// Which processor a process runs on.
#pragma once

#include <sys/types.h>

namespace dray::host {

/// Puts a child that has not begun yet on another processor than the caller's, where it may use one; nothing
/// happens otherwise. Linux often leaves a new process where its parent runs, behind it, for a time slice of
/// milliseconds, though the next processor is idle. Where it may run stays as it was. Source:
/// sched_setaffinity(2).
void begin_elsewhere(pid_t child);

/// Keeps a process off the processor that the caller is running on now, where it may use others: one that is
/// woken to die would often be given this one at once, for as long as it takes to tidy up after it.
void end_elsewhere(pid_t process);

}  // namespace dray::host
