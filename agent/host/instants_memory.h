// The instants at which a host in memory can be killed: before each change of it.
#pragma once

#include <functional>
#include <string>
#include <utility>

namespace dray::host {

/// What the seams of one host in memory tell before each change that they make.
class Instants {
  public:
    /// Test's hand: called with "cannot write /etc/x", "restart nginx.service", … before that is done. What
    /// it throws leaves the host as it is then, as a SIGKILL of the agent would.
    void on_each(std::function<void(const std::string& what)> action) { action_ = std::move(action); }

    void reach(const std::string& what) const {
        if (action_) action_(what);
    }

  private:
    std::function<void(const std::string& what)> action_;
};

}  // namespace dray::host
