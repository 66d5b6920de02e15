// What a host is: the values that recipes call facts.
#pragma once

#include "host/file.h"
#include "value.h"

#include <string_view>

namespace dray::host {

/// os.id, os.version_id, os.codename and os.name (os-release(5)), architecture (Debian's name for it, Debian
/// Policy 5.6.8), hostname and kernel (uname(2)), cores, memory_mb, memory_half_mb, memory_quarter_mb and
/// memory_heap_mb (sysconf(3); templates cannot divide, and heaps and caches are sized by such shares).
/// Starts no program.
Value facts(const Files& files);

/// Where one of these comes from: "os-release(5)" for "os".
std::string_view fact_origin(std::string_view name);

/// The fields of an os-release(5) text by their names, quotes and escapes undone; lines it cannot read are
/// passed over.
Value::Table parse_os_release(std::string_view text);

}  // namespace dray::host
