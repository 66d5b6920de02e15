// Diagnostics in the journal.
#pragma once

#include <spdlog/sinks/sink.h>

#include <memory>

namespace dray::report {

/// Makes each diagnostic an entry of its own, with MESSAGE, PRIORITY and SYSLOG_IDENTIFIER=dray. spdlog's own
/// such sink has the program linked with libsystemd (host/systemd_library.h). Throws Error where that is not
/// installed.
std::shared_ptr<spdlog::sinks::sink> journal_sink();

}  // namespace dray::report
