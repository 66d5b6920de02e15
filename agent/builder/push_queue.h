// Pushes that wait to be released, and what became of those before them: kept on disk, so that none is
// forgotten.
#pragma once

#include "host/clock.h"
#include "host/file.h"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace dray::builder {

/// A push to the release branch.
struct Push {
    std::string before;           ///< hash of the tip before it; all zeros for a new branch
    std::string after;            ///< hash of the tip
    int attempts = 0;             ///< how often its result was unknown
    std::int64_t not_before = 0;  ///< seconds since 1970: it is not tried again earlier
    bool asked_for = false;       ///< by `retry`: a result that stands already does not matter
};

/// The pushes of one repository, oldest first. Several processes may change the file at the same time.
class PushQueue {
  public:
    /// `folder` is the repository's own, see RunState; it is made, mode 0700, when it is missing. Throws
    /// Error.
    PushQueue(host::Files& files, std::filesystem::path folder);

    /// Adds a push behind the others; one to a tip that waits already takes its place.
    void add(const Push& push);
    /// Puts a push to a tip that waits already in its place, and any other before all that wait: the tip may
    /// be older than theirs, which are no part of it then.
    void ask_for(const Push& push);
    /// All that wait. When something in the file is no push, the file is set aside, the pushes stay, and
    /// Unsure says so once.
    std::vector<Push> all() const;
    /// Replaces the push with this tip, or removes it.
    void settle(const std::string& after, const std::optional<Push>& instead);

  private:
    void change(const std::function<void(std::vector<Push>&)>& how);
    void write(const std::vector<Push>& pushes, const std::vector<std::string>& others) const;
    std::vector<Push> set_aside() const;

    host::Files& files_;
    std::filesystem::path folder_;
};

/// What became of one run.
struct RunResult {
    std::string run;  ///< its name: that of its log
    std::string commit;
    std::string result;      ///< "released", "failed", "unknown", "skipped", "folded"
    std::string version;     ///< of a release
    std::string text;        ///< why
    std::int64_t begun = 0;  ///< seconds since 1970
    std::int64_t took = 0;   ///< seconds
};

/// One line of JSON for a result, as `history --json` and announcements have it.
std::string result_json(const RunResult& result);

/// The newest results of one repository, oldest first.
class History {
  public:
    /// `folder` is the repository's own, see RunState; it is made, mode 0700, when it is missing. Throws
    /// Error.
    History(host::Files& files, std::filesystem::path folder);

    /// Adds a result behind the others, of which the newest `kept_results` stay. Throws Error.
    void add(const RunResult& result);
    /// What is no result in the file is left out: it tells of what is over.
    std::vector<RunResult> all() const;
    /// The newest result that stands of a commit.
    std::optional<RunResult> of(const std::string& commit) const;

  private:
    host::Files& files_;
    std::filesystem::path folder_;
};

/// The runs that the histories of all repositories below the build host's state folder name.
std::set<std::string> named_runs(const host::Files& files, const std::filesystem::path& base);

constexpr std::size_t kept_results = 500;  // years of releases, a few hundred kB

/// The commits that the release process itself made and pushed.
class OwnCommits {
  public:
    /// Makes the folder, mode 0700, when it is missing. Throws Error.
    OwnCommits(host::Files& files, std::filesystem::path folder);

    /// Writes commits down by their full hashes. Throws Error.
    void add(const std::vector<std::string>& commits);
    /// Whether there are commits, and each of them is one of ours.
    bool only_ours(const std::vector<std::string>& commits) const;

  private:
    host::Files& files_;
    std::filesystem::path folder_;
};

}  // namespace dray::builder
