// The words of the apt seam.
#include "host/apt.h"

#include <array>
#include <cstddef>

namespace dray::host {

std::string_view freshness_text(Freshness freshness) {
    constexpr std::array<std::string_view, 5> texts = {"current", "unreachable", "expired", "untrusted",
                                                       "broken"};
    return texts.at(static_cast<std::size_t>(freshness));
}

}  // namespace dray::host
