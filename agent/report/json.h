// A run as JSON: what --output json prints and what /var/lib/dray/last-run.json keeps.
#pragma once

#include "converge/observer.h"
#include "error.h"
#include "host/file.h"

#include <nlohmann/json_fwd.hpp>

#include <filesystem>
#include <iosfwd>
#include <vector>

namespace dray::report {

/// The whole record. Secret values are "(sensitive)"; long contents are cut off. That of a dry run is a plan,
/// which plan_from_json() reads.
nlohmann::ordered_json run_json(const converge::Run& run);

/// What is printed in the record's place when no run has begun: the exit code and why, an element for each
/// error.
nlohmann::ordered_json unbegun_json(int exit_code, const std::vector<Error>& errors);

/// Prints the record when the run has ended.
class JsonReport final : public converge::Observer {
  public:
    explicit JsonReport(std::ostream& out) : out_(out) {}
    void finished(const converge::Run& run) override;

  private:
    std::ostream& out_;
};

/// Where that is, in the folder of what dray keeps.
constexpr auto last_run_file = "last-run.json";

/// Keeps the record of the newest run that was no dry run, for `dray status` alone: no run decides anything
/// by it. That of a run which found nothing to do is replaced by the next one, half an hour later, and is not
/// waited for until it is on the disk: after a power cut the record before it may be there again, or one that
/// `dray status` says cannot be read.
class LastRun final : public converge::Observer {
  public:
    LastRun(host::Files& files, std::filesystem::path file) : files_(files), file_(std::move(file)) {}
    void finished(const converge::Run& run) override;

  private:
    host::Files& files_;
    std::filesystem::path file_;
};

}  // namespace dray::report
