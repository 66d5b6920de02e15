// The files of an apt source: what stands in them, from a resource's values.
#pragma once

#include "recipe/properties.h"

#include <string>

namespace dray::resources {

/// The .sources file. Source: sources.list(5). Throws Error for a value that cannot stand in it.
std::string source_text(const recipe::Properties& properties);

/// The apt.conf that sends requests to the source's host through `proxy` ("DIRECT": through none, whatever is
/// said elsewhere). Source: apt-transport-http(1). Throws Error for a proxy, or a URI, that cannot be had so.
std::string proxy_text(const recipe::Properties& properties, const std::string& proxy);

}  // namespace dray::resources
