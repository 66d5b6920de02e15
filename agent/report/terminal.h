// A run as a person reads it on a terminal: what changed and how, what failed and why, and one line at the
// end.
#pragma once

#include "converge/observer.h"
#include "report/progress.h"

#include <iosfwd>
#include <string>

namespace dray::report {

class Terminal final : public converge::Observer {
  public:
    /// `colour` is for terminals, which get a bar of progress as well; a log file wants neither.
    Terminal(std::ostream& out, bool colour) : out_(out), colour_(colour) {}

    void started(const converge::Run& run) override;
    void repaired(const converge::Run& run, std::string_view line) override;
    void progress(const converge::Run& run, std::string_view resource, std::string_view line) override;
    void deployed(const converge::Run& run, const converge::DeployReport& report) override;
    void step_finished(const converge::Run& run, const converge::Step& step) override;
    void superseded(const converge::Run& run, std::string_view resource) override;
    void finished(const converge::Run& run) override;

  private:
    std::string paint(std::string_view text, std::string_view code) const;
    void show_error(const Error& error);

    void clear_bar();

    std::ostream& out_;
    bool colour_;
    bool bar_ = false;  ///< one stands in the last line
    ProgressLines progress_;
};

/// What a step did, in one line without colour: "package[warehouse] changed: version 26.11.1 → 26.11.2".
std::string step_line(const converge::Run& run, const converge::Step& step);

/// How a run ended, in one line: "converged: 12 resources, 3 changed, in 4.2 s".
std::string summary_line(const converge::Run& run);

}  // namespace dray::report
