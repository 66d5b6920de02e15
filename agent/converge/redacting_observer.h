// Between a run and those who watch it: they are told everything but secrets.
#pragma once

#include "converge/observer.h"
#include "converge/redactor.h"

#include <utility>
#include <vector>

namespace dray::converge {

/// Passes on what it is told to other observers, and keeps the record that they saw.
class RedactingObserver final : public Observer {
  public:
    RedactingObserver(const Redactor& redactor, const std::vector<Observer*>& observers)
        : redactor_(redactor), observers_(observers) {}

    void started(const Run& run) override;
    void repaired(const Run& run, std::string_view line) override;
    void step_started(const Run& run, std::string_view resource) override;
    void progress(const Run& run, std::string_view resource, std::string_view line) override;
    void step_finished(const Run& run, const Step& step) override;
    void deployed(const Run& run, const DeployReport& report) override;
    void superseded(const Run& run, std::string_view resource) override;
    void finished(const Run& run) override;

    /// The run as it may be shown, once it has finished.
    Run take_shown() { return std::move(shown_); }

  private:
    void clean(const Run& run);

    const Redactor& redactor_;
    const std::vector<Observer*>& observers_;
    Run shown_;
};

}  // namespace dray::converge
