// What the last run that asked apt has learnt, kept on disk for the next one.
#pragma once

#include "host/apt.h"
#include "host/apt_fingerprint.h"
#include "host/file.h"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace dray::host {

/// By what a web server tells one state of a file from another. Source: RFC 9110, 8.8.
struct Validator {
    std::string etag = {};  ///< a strong one, or ""
    std::string last_modified = {};
    bool empty() const { return last_modified.empty(); }
};

/// An InRelease file that apt has verified.
struct PolledRelease {
    std::string uri;
    std::filesystem::path file;             ///< where apt keeps it
    std::string digest;                     ///< its SHA-256
    std::vector<std::string> sources = {};  ///< see AptRelease
    std::int64_t holds_until = 0;           ///< see AptRelease
    Validator validator = {};  ///< what came with just this content; empty when that is not known yet
};

/// Answers of apt, and what they rest on.
struct PollState {
    std::string obstacle = {};     ///< why apt must be asked whatever is found; see AptSurvey
    std::string environment = {};  ///< a digest of the variables that apt reads
    std::map<std::string, std::chrono::seconds> declared = {};  ///< with their max_age
    std::vector<SourceVerdict> sources = {};  ///< those declared that were there; all were current
    std::map<PackageWish, PackageStatus> packages = {};
    std::vector<AptWatched> watched = {};
    AptFingerprint fingerprint = {};
    std::vector<PolledRelease> releases = {};
    std::int64_t refreshed = 0;  ///< when apt itself has asked all repositories, in seconds since 1970
};

/// What the file at `path` holds; nothing when it is not there, is of another version of dray, or cannot be
/// read as what it should be. Then it is set aside as PATH.corrupt, and `defect` says what is wrong.
std::optional<PollState> read_poll_state(Files& files, const std::filesystem::path& path,
                                         std::string& defect);

/// Replaces the file, which only its owner can read. Throws Error.
void write_poll_state(Files& files, const std::filesystem::path& path, const PollState& state);

}  // namespace dray::host
