// All deploys of one run, as the run sees them.
#pragma once

#include "converge/deploy.h"

#include <deque>
#include <functional>
#include <string>
#include <vector>

namespace dray::converge {

/// The deployments of a run's sets. Of resources that belong to none it says nothing.
class Deploys {
  public:
    /// Throws Error when a record cannot be read.
    Deploys(const Deployment::Parts& parts, std::vector<Item>& items);

    /// See Deployment::open.
    void open();
    /// See Deployment::why_held; "" for what belongs to no set, or is a service or a check of one.
    std::string why_held(const Item& item);
    bool heal(const Item& item);
    void before(const Item& item);
    void after(const Item& item, const Step& step);
    /// Finishes each deploy under way of which every member is `done`.
    void finish(const std::function<bool(const Item&)>& done);
    /// See Deployment::close; `bad` says whether a member failed or did not have its turn.
    void close(const std::function<bool(const Item&)>& bad);

    /// Of the sets that something is to be said of.
    std::vector<DeployReport> reports() const;

  private:
    Deployment* of(const Item& item);

    std::deque<Deployment> deployments_;
};

}  // namespace dray::converge
