// What apt's answers rest on, told from what it was at another time.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace dray::host {

/// Files and folders of one subject.
struct AptWatched {
    std::string subject;  ///< "the keyrings", as a message names it
    /// Whether content tells two states apart, with owner and mode. Otherwise identity does: device, inode,
    /// size, and the times of content and of status to the nanosecond. Nobody can set the time of status
    /// (ctime), so two states with the same identity are the same one, provided that the first was `settled`.
    /// Identity is for what is large, and for what must leave no trace in a state file (passwords).
    bool by_content = false;
    /// Whether only the choice among known versions rests on it, and not what a refresh finds.
    bool of_choice = false;
    /// Of a folder all files directly in it count, whatever they are called; of a link both it and what it
    /// leads to. What is missing counts as missing.
    std::vector<std::filesystem::path> paths = {};
    bool operator==(const AptWatched&) const = default;
};

/// The state of all that is watched.
struct AptFingerprint {
    std::map<std::string, std::string> digests;  ///< by subject
    /// The youngest time of status of anything that counts by content, and by identity; in nanoseconds since
    /// 1970, 0 for nothing.
    std::int64_t newest_by_content = 0;
    std::int64_t newest_by_identity = 0;
};

/// Looks at everything now. A file that cannot be read counts by identity. Throws Error for a folder that
/// cannot be listed.
AptFingerprint apt_fingerprint(const std::vector<AptWatched>& watched);

/// As apt_fingerprint, but only when every later change will be seen: a change in the same tick of the
/// kernel's clock as the last one has the same time of status. Waits some milliseconds for that, and at most
/// four seconds on a file system that keeps whole seconds.
AptFingerprint settled_fingerprint(const std::vector<AptWatched>& watched);

/// The kernel's clock as file times are taken from it, in nanoseconds since 1970: it stands still between two
/// ticks, which are 1 to 10 ms apart.
std::int64_t file_clock();

/// Waits until a file that is changed from now on gets a younger time than one that was changed before.
void wait_for_next_tick();

/// The subjects that differ, in the order of their names; empty when nothing has changed.
std::vector<std::string> changed_subjects(const AptFingerprint& before, const AptFingerprint& now);

}  // namespace dray::host
