// The reports of runs that changed something or failed, kept for `dray log`.
#pragma once

#include "converge/observer.h"
#include "host/host.h"

#include <filesystem>
#include <string>
#include <string_view>

namespace dray::report {

/// How many are kept, the oldest dropped.
constexpr std::size_t kept_runs = 200;

/// Keeps the report of a run as STATE/runs/RUN.json; a run that changed nothing and succeeded is none to
/// remember. Dry runs are not kept.
class KeptRuns final : public converge::Observer {
  public:
    KeptRuns(host::Files& files, std::filesystem::path folder) : files_(files), folder_(std::move(folder)) {}
    void finished(const converge::Run& run) override;

  private:
    host::Files& files_;
    std::filesystem::path folder_;
};

/// One kept run for a person, or as JSON; without `run` the list of them. Throws Error for one that is not
/// kept.
std::string run_log(const host::Host& host, const std::filesystem::path& state_folder, const std::string& run,
                    bool as_json);

}  // namespace dray::report
