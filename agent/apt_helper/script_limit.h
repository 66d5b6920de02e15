// How long dpkg may wait for a maintainer script.
#pragma once

#include <chrono>

namespace dray::apt_helper {

/// Dray::Script-Limit of apt.conf(5) in seconds, 30 minutes without it.
std::chrono::seconds script_limit();

/// Ends a maintainer script that hangs, with all that it has started, and leaves dpkg itself alone: for that
/// the script has failed, and it goes on in order. Source: Debian Policy 6.1, a script's exit status.
class ScriptWatch {
  public:
    explicit ScriptWatch(std::chrono::milliseconds limit);

    /// dpkg, a child of this process, has begun another step.
    void begin_step();

    /// To be called again and again. Once a step has taken longer than the limit, what the processes called
    /// "dpkg" have started gets SIGTERM, and SIGKILL when it is still there ten seconds later. Says so.
    void look();

  private:
    using Steady = std::chrono::steady_clock;

    std::chrono::milliseconds limit_;
    Steady::time_point due_;
    bool asked_ = false;  ///< it has got SIGTERM
};

}  // namespace dray::apt_helper
