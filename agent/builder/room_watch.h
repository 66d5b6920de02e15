// Programs that would wait for ever on a full disk.
#pragma once

#include "host/process.h"

#include <chrono>
#include <functional>

namespace dray::builder {

/// Does `part`, with processes that are ended, as by a time limit, once `full` has been true at each of a few
/// looks, `every` apart: apt waits without an end for what its own helper could not write (seen with 2.6).
/// An error of `part` is then one that tells of a full disk. For any number of threads, as `processes` is.
void end_when_full(const host::Processes& processes, const std::function<bool()>& full,
                   const std::function<void(const host::Processes&)>& part,
                   std::chrono::milliseconds every = std::chrono::seconds(1));

}  // namespace dray::builder
