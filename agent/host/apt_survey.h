// What a later run has to know so that it can give apt's answers without apt.
#pragma once

#include "host/apt_fingerprint.h"

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace dray::host {

/// One InRelease file that the declared sources rest on.
struct AptRelease {
    std::string uri;                        ///< where it is fetched from
    std::filesystem::path file;             ///< where apt keeps what it has fetched and verified
    std::vector<std::string> sources = {};  ///< the declared sources that rest on it
    /// The first moment at which time alone may change its verdict (Valid-Until, a key or a signature that
    /// expires), in seconds since 1970; 0 when there is none.
    std::int64_t holds_until = 0;
};

/// The subject of what is watched that a refresh itself changes.
constexpr std::string_view apt_lists_subject = "apt's lists";

/// The subjects of what is watched that a change of packages itself changes.
constexpr std::string_view dpkg_status_subject = "dpkg's status";
constexpr std::string_view automatic_subject = "apt's record of automatic installations";

/// Told by dray-apt beside its answers, since libapt alone knows what they rest on. It is made so that
/// answers and fingerprint belong together: nothing of what is watched has changed since libapt has read it.
struct AptSurvey {
    /// Why a later run must ask apt whatever it finds: "a proxy is set"; "" when it need not.
    std::string obstacle = {};
    std::vector<AptWatched> watched = {};
    std::map<std::string, std::string> digests = {};  ///< the fingerprint's, by subject
    std::vector<AptRelease> releases = {};            ///< those that were refreshed
};

}  // namespace dray::host
