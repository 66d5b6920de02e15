// What a run says on the terminal while it works: one line per step, with how long it took.
#pragma once

#include "host/clock.h"

#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace dray::builder {

/// Writes lines through a function; a terminal that went away (a pusher who hung up) must not end a release,
/// so that function does not throw.
class Progress {
  public:
    using Sink = std::function<void(std::string_view)>;

    /// `clock` says how long steps take, and `sink` writes what is said: a line may come in two parts.
    Progress(const host::Clock& clock, Sink sink) : clock_(clock), sink_(std::move(sink)) {}

    /// Does `work` as a step named `name`: "  tests … 1.2 s (what work returned)". An Error that leaves it is
    /// passed on as it is, after the line said that the step failed.
    void step(std::string_view name, const std::function<std::string()>& work);

    /// While it lives steps may be done at the same time: each is said when it has ended, so that a line is
    /// of one step alone.
    class SideBySide {
      public:
        SideBySide(Progress& progress, bool whether) : progress_(progress) {
            progress_.side_by_side_ = whether;
        }
        ~SideBySide() { progress_.side_by_side_ = false; }
        SideBySide(const SideBySide&) = delete;
        SideBySide& operator=(const SideBySide&) = delete;

      private:
        Progress& progress_;
    };

    /// A line between the steps, or in the middle of one, whose own line then begins again.
    void note(std::string_view text);

    /// One step that is done or has failed.
    struct Step {
        std::string name;
        std::chrono::milliseconds time;
    };
    /// In the order in which they ended.
    const std::vector<Step>& steps() const { return steps_; }

  private:
    const host::Clock& clock_;
    Sink sink_;
    bool side_by_side_ = false;
    std::string begun_;  ///< the line of the step that is under way, as far as it is written
    std::vector<Step> steps_;
    std::mutex mutex_;
};

}  // namespace dray::builder
