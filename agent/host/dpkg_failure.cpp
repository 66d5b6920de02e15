// What to do when dpkg could not finish.
#include "host/dpkg_failure.h"

#include <cerrno>
#include <cstring>

namespace dray::host {

std::string hint_after_dpkg(std::string_view words) {
    const auto said = [words](std::string_view part) { return words.find(part) != std::string_view::npos; };
    // A full disk makes scripts fail as well.
    if (said(std::strerror(ENOSPC)))
        return "free space on that file system; the next run finishes what dpkg left";
    if (said("trying to overwrite"))
        return "a file belongs to one package alone: one of the two has to be mended and published anew, and "
               "until then each run tries again";
    if (said("killed by signal")) return std::string(hint_for_stopped_dpkg);
    return std::string(said("script subprocess") ? hint_for_failed_script : hint_for_stopped_dpkg);
}

}  // namespace dray::host
