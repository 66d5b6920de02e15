// The process that makes requests for another one.
#pragma once

#include "host/descriptor.h"

#include <sys/types.h>

#include <filesystem>
#include <optional>

namespace dray::host {

/// A copy of this process that does nothing but make HTTP requests, and has nothing open but the other end of
/// `socket`, the standard error output, and what it holds. It ends with this process, or when `socket` is
/// closed.
struct HttpWorker {
    Descriptor socket;  ///< a stream of messages, see host/http_wire.h; it does not block
    pid_t process = 0;
};

/// Makes one; to be called while this process has one thread. Nothing when the system does not allow it.
/// `held` is a file that this process is about to replace, where there is one: the worker keeps it open as no
/// more than a place in the file system (O_PATH, see open(2)), so that the kernel frees what it took on the
/// disk when the worker ends, and not while this process waits in rename(2).
std::optional<HttpWorker> start_http_worker(const std::filesystem::path& held = {});

}  // namespace dray::host
