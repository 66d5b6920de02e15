// From pushes to runs: which pushes are released, in which order, and what is kept of each.
#pragma once

#include "builder/pipeline.h"
#include "builder/push_queue.h"
#include "builder/push_spool.h"

#include <functional>
#include <optional>
#include <string>

namespace dray::builder {

/// What the runs of one call came to.
enum class Worked {
    nothing,   ///< there was nothing to do, or it is done
    released,  ///< the last run made a release
    failed,    ///< the last run failed
    unknown,   ///< the last run has no answer; it is tried again
};

/// The log of this process: a run is named after it.
struct RunName {
    std::string name;
    std::function<void()> begins = [] {};  ///< called when a run begins: the log is worth keeping
};

/// Keeps the pushes of one repository and works them off, one run at a time on this host.
class Trigger {
  public:
    /// `scratch` is an empty folder of our own.
    Trigger(Machine machine, Progress& progress, Request request, std::filesystem::path scratch, RunName run);

    /// Takes what git told post-receive hooks, and works off what waits. A push to another branch is none.
    /// `lines` is what this process's own hook was told, when it could not be put into the repository's
    /// PushSpool.
    Worked post_receive(const std::string& lines = {});

    /// Looks at the release branch of the repository, and works off what waits.
    Worked watch();

    /// Tries a commit again, whatever became of it.
    Worked retry(const std::string& commit);

    /// Writes down commits that the release process is about to push: a push of nothing else is not released.
    /// The repository does not have them yet, so each is a full hash; Throws Error for anything else.
    void own(const std::vector<std::string>& commits);

    /// Lets systemd look again when the next push that waits is due, whoever else does; without systemd it
    /// says what does.
    void look_again_later() const;

    /// What waits, what is under way, and the newest result, for a terminal.
    std::string status() const;

    /// The results, oldest first: a line each.
    std::string history() const;

  private:
    std::string branch();
    void collect();
    void take(const std::vector<RefUpdate>& updates);
    Worked work();
    std::optional<Push> next() const;
    Worked release(const Push& push);
    Worked settle(const Push& push, RunResult result);
    void announce(const RunResult& result) const;
    std::filesystem::path fresh_scratch();

    Machine machine_;
    Progress& progress_;
    Request request_;
    std::filesystem::path scratch_;
    RunName run_;
    Settings host_;
    RunState state_;
    PushQueue queue_;
    History history_;
    OwnCommits own_;
    PushSpool spool_;
    std::string branch_;
    int runs_ = 0;
};

/// Puts a post-receive hook into a bare repository that starts dray-build. Throws Error when another hook is
/// there, or this is no repository. `config` is the file of the build host's settings that the hook names, by
/// its whole path; empty for the default one. Returns the hook's path.
std::filesystem::path install_hook(host::Files& files, const std::filesystem::path& repository,
                                   const std::string& config);

}  // namespace dray::builder
