// Who holds a lock, in words.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <optional>
#include <string>

namespace dray::apt_helper {

/// When a process has begun; nothing when it is gone. Source: proc_pid_stat(5), starttime, counted from
/// proc_stat(5)'s btime.
std::optional<std::chrono::system_clock::time_point> process_start(pid_t pid);

/// "process 4711 (apt-get -y upgrade, since 2026-11-24T04:12:31Z)"; a process of another PID namespace has no
/// number here.
std::string process_text(pid_t pid);

}  // namespace dray::apt_helper
