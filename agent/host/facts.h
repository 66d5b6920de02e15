// What a host is: the values that recipes call facts.
#pragma once

#include "host/file.h"
#include "value.h"

namespace dray::host {

/// os.id, os.version_id, os.codename and os.name (os-release(5)), architecture (Debian's name for it, Debian
/// Policy 5.6.8), hostname (gethostname(2)), cores and memory_mb (sysconf(3)). Starts no program.
Value facts(const Files& files);

/// The fields of an os-release(5) text by their names, quotes and escapes undone; lines it cannot read are
/// passed over.
Value::Table parse_os_release(std::string_view text);

}  // namespace dray::host
