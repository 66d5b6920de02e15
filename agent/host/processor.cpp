// Which processor a process runs on.
#include "host/processor.h"

#include <sched.h>

#include <optional>

namespace dray::host {
namespace {

/// Where a process may run; nothing when that cannot be told, as with more than 1,024 processors.
std::optional<cpu_set_t> allowed_to(pid_t process) {
    cpu_set_t allowed;
    if (::sched_getaffinity(process, sizeof allowed, &allowed) != 0) return {};
    return allowed;
}

/// The same without this processor; nothing when no other is left.
std::optional<cpu_set_t> without_this(cpu_set_t allowed) {
    const int here = ::sched_getcpu();
    if (here < 0 || here >= CPU_SETSIZE) return {};
    CPU_CLR(here, &allowed);
    if (CPU_COUNT(&allowed) == 0) return {};
    return allowed;
}

}  // namespace

void begin_elsewhere(pid_t child) {
    const auto allowed = allowed_to(child);
    const auto others = allowed ? without_this(*allowed) : std::nullopt;
    // What waits for a processor that it may no longer use is moved at once, and stays there.
    if (others && ::sched_setaffinity(child, sizeof *others, &*others) == 0)
        ::sched_setaffinity(child, sizeof *allowed, &*allowed);
}

void end_elsewhere(pid_t process) {
    const auto allowed = allowed_to(process);
    if (const auto others = allowed ? without_this(*allowed) : std::nullopt)
        ::sched_setaffinity(process, sizeof *others, &*others);
}

}  // namespace dray::host
