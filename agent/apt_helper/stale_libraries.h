// Programs that still run with libraries which have been replaced on disk.
#pragma once

#include <string>
#include <vector>

namespace dray::apt_helper {

/// The systemd units whose processes map a library that is no longer on disk, with the libraries' names:
/// "nginx.service (libssl.so.3)", in the order of their names. A process outside of any service is named by
/// its user session or scope. Source: proc_pid_maps(5), "(deleted)"; proc_pid_cgroup(5).
std::vector<std::string> programs_with_replaced_libraries();

}  // namespace dray::apt_helper
