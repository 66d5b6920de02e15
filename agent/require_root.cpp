#include "require_root.h"

#include "error.h"

#include <spdlog/fmt/fmt.h>

#include <unistd.h>

namespace dray {

void require_root(std::string_view command) {
    if (::geteuid() != 0)
        throw Error(fmt::format("cannot run dray {}", command), "only root may", "run it with sudo");
}

}  // namespace dray
