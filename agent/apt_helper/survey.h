// What apt's answers rest on, told to the agent so that a later run can do without apt.
#pragma once

#include "host/apt_survey.h"

#include <cstdint>
#include <ctime>
#include <filesystem>
#include <string>
#include <vector>

namespace dray::apt_helper {

/// What a refresh has found of one InRelease file.
struct RefreshedRelease {
    std::string uri;             ///< as the sources have it, before any redirect
    std::filesystem::path file;  ///< where it is kept when it has been verified
    std::time_t valid_until;     ///< as libapt has it, the source's options considered; 0 for no limit
    std::vector<std::time_t>
        warned_from;  ///< when its age begins to be worth a warning, unless it is valid until
    std::vector<std::string> sources;  ///< those that rest on it and were to be refreshed
    std::string signed_by;  ///< paths or fingerprints with commas between them, or armoured keys; or ""
};

/// Looks before the candidates are told, and once more after. What goes wrong in it is an obstacle and no
/// Error: the answers themselves are good.
class Survey {
  public:
    /// To be made before libapt reads its configuration, or `begun` is the file clock of that moment: files
    /// that are younger may have been read in another state than they are looked at later.
    explicit Survey(std::int64_t begun) : begun_(begun) {}

    /// Takes the fingerprint; waits until no later change can hide (see settled_fingerprint).
    void begin(const std::vector<RefreshedRelease>& releases);

    /// Takes it again, now that the candidates have been read.
    host::AptSurvey end();

  private:
    std::int64_t begun_;
    host::AptSurvey survey_;
};

}  // namespace dray::apt_helper
