// From pushes to runs: which pushes are released, in which order, and what is kept of each.
#pragma once

#include "builder/pipeline.h"
#include "builder/push_queue.h"

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

/// Keeps the pushes of one repository and works them off, one run at a time on this host.
class Trigger {
  public:
    /// `scratch` is an empty folder of our own; `run` the name of this process's log.
    Trigger(Machine machine, Progress& progress, Request request, std::filesystem::path scratch,
            std::string run);

    /// Takes what git told a post-receive hook, and works off what waits. A push to another branch is none.
    Worked post_receive(const std::string& lines);

    /// Looks at the release branch of the repository, and works off what waits.
    Worked watch();

    /// Tries a commit again, whatever became of it.
    Worked retry(const std::string& commit);

    /// Writes down commits that the release process made: a push of nothing else is not released.
    void own(const std::vector<std::string>& commits);

    /// What waits, what is under way, and the newest result, for a terminal.
    std::string status() const;

    /// The results, oldest first: a line each.
    std::string history() const;

  private:
    std::string branch();
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
    std::string run_;
    Settings host_;
    RunState state_;
    PushQueue queue_;
    History history_;
    OwnCommits own_;
    int runs_ = 0;
};

/// Puts a post-receive hook into a bare repository that starts dray-build. Throws Error when another hook is
/// there, or this is no repository. Returns the hook's path.
std::filesystem::path install_hook(host::Files& files, const std::filesystem::path& repository,
                                   const std::string& config);

}  // namespace dray::builder
