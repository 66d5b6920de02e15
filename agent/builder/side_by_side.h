// Parts of a build that do not need each other, done at the same time.
#pragma once

#include "host/descriptor.h"
#include "host/process.h"

#include <cstddef>
#include <functional>

namespace dray::builder {

/// Runs commands by `inner` until it is told to stop; from then on it ends those that run, as a time limit
/// does, and starts none. For any number of threads.
class StoppableProcesses final : public host::Processes {
  public:
    explicit StoppableProcesses(const host::Processes& inner);

    /// From now on. May be called in any thread, and more than once.
    void stop() const;

    host::Result run(const host::Command& command) const override;
    bool finds(const host::Command& command) const override { return inner_.finds(command); }
    void throw_if_stopped() const override;

  private:
    const host::Processes& inner_;
    host::Descriptor stopped_;  ///< an eventfd(2)
};

/// One of `count` parts, by its number, with what it is to run its commands by.
using BuildPart = std::function<void(std::size_t, const host::Processes&)>;

/// Does them all, as many at a time as there are processors, in the order of their numbers. When one is left
/// by an exception the others are stopped and waited for, and that exception goes on.
void side_by_side(std::size_t count, const host::Processes& processes, const BuildPart& part);

}  // namespace dray::builder
