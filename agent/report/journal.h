// A run in the journal: one entry per thing worth knowing, with fields to search by.
#pragma once

#include "converge/observer.h"
#include "report/progress.h"

namespace dray::report {

/// Fields besides MESSAGE and PRIORITY: DRAY_RUN, DRAY_RECIPE, DRAY_RESOURCE, DRAY_OUTCOME, DRAY_DURATION_MS,
/// DRAY_HINT, DRAY_PACKAGE, DRAY_DEPLOY_STATE, DRAY_DEPLOY_END, DRAY_EXIT_CODE, DRAY_APT, DRAY_VERDICT:
/// dray(8), "Journal". Source: systemd.journal-fields(7), sd_journal_send(3).
class Journal final : public converge::Observer {
  public:
    void started(const converge::Run& run) override;
    void repaired(const converge::Run& run, std::string_view line) override;
    void progress(const converge::Run& run, std::string_view resource, std::string_view line) override;
    void deployed(const converge::Run& run, const converge::DeployReport& report) override;
    void step_finished(const converge::Run& run, const converge::Step& step) override;
    void superseded(const converge::Run& run, std::string_view resource) override;
    void finished(const converge::Run& run) override;

  private:
    ProgressLines progress_;
};

/// Whether standard error goes to the journal, which is how a service of systemd runs:
/// sd_journal_stream_fd(3), JOURNAL_STREAM in systemd.exec(5).
bool started_by_systemd();

}  // namespace dray::report
