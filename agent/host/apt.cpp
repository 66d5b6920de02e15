// The words of the apt seam.
#include "host/apt.h"

#include <array>
#include <cstddef>

namespace dray::host {
namespace {

using FreshnessWords = std::array<std::string_view, 5>;  // by Freshness

std::string_view pick(const FreshnessWords& words, Freshness freshness) {
    return words.at(static_cast<std::size_t>(freshness));
}

}  // namespace

std::string_view freshness_text(Freshness freshness) {
    constexpr FreshnessWords words = {"current", "unreachable", "expired", "untrusted", "broken"};
    return pick(words, freshness);
}

std::string_view freshness_words(Freshness freshness) {
    constexpr FreshnessWords words = {"current", "unreachable", "stale or expired", "not trusted", "broken"};
    return pick(words, freshness);
}

std::string_view freshness_hint(Freshness freshness) {
    constexpr FreshnessWords words = {
        "", "nothing was taken from it; look at the network and the server, and the next run asks again",
        "nothing was taken from it; publish the repository again, or see whether this is a mirror that is "
        "behind, "
        "and whether this host's clock is right",
        "nothing was taken from it; compare its signing key with signed_by, see whether the key has expired, "
        "and "
        "whether somebody changes files on the way",
        "nothing was taken from it; compare uri, suites and components with what the server has, and publish "
        "the "
        "repository again when files of it are missing"};
    return pick(words, freshness);
}

}  // namespace dray::host
