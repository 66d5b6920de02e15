// The process that makes requests for another one.
#pragma once

#include "host/descriptor.h"

#include <sys/types.h>

#include <optional>

namespace dray::host {

/// A copy of this process that does nothing but make HTTP requests, and has nothing open but the other end of
/// `socket` and the standard error output. It ends with this process, or when `socket` is closed.
struct HttpWorker {
    Descriptor socket;  ///< a stream of messages, see host/http_wire.h; it does not block
    pid_t process = 0;
};

/// Makes one; to be called while this process has one thread. Nothing when the system does not allow it.
std::optional<HttpWorker> start_http_worker();

}  // namespace dray::host
