// Commands that only root may run.
#pragma once

#include <string_view>

namespace dray {

/// Throws Error when this process is not root's; `command` is what to name, such as "converge".
void require_root(std::string_view command);

}  // namespace dray
