// Who watches a run: told of each thing as it happens, and never able to change it.
#pragma once

#include "converge/run.h"

#include <string_view>

namespace dray::converge {

class Observer {
  public:
    virtual ~Observer() = default;
    virtual void started(const Run&) {}
    virtual void repaired(const Run&, std::string_view /*line*/) {}
    virtual void step_started(const Run&, std::string_view /*resource*/) {}
    /// What a resource says of its own work, a line at a time.
    virtual void progress(const Run&, std::string_view /*resource*/, std::string_view /*line*/) {}
    virtual void step_finished(const Run&, const Step&) {}
    /// A deploy has reached a state, or its end.
    virtual void deployed(const Run&, const DeployReport&) {}
    /// What `resource` has changed were the recipes themselves: the run begins anew with them, and what was
    /// done so far is part of it.
    virtual void superseded(const Run&, std::string_view /*resource*/) {}
    /// Called exactly once, also after a failure or a signal.
    virtual void finished(const Run&) {}
};

}  // namespace dray::converge
