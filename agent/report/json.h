// A run as JSON: what --output json prints and what /var/lib/dray/last-run.json keeps.
#pragma once

#include "converge/observer.h"
#include "host/file.h"

#include <nlohmann/json_fwd.hpp>

#include <filesystem>
#include <iosfwd>

namespace dray::report {

/// The whole record. Secret values are "(sensitive)"; long contents are cut off. That of a dry run is a plan,
/// which plan_from_json() reads.
nlohmann::ordered_json run_json(const converge::Run& run);

/// Prints the record when the run has ended.
class JsonReport final : public converge::Observer {
  public:
    explicit JsonReport(std::ostream& out) : out_(out) {}
    void finished(const converge::Run& run) override;

  private:
    std::ostream& out_;
};

/// Keeps the record of the newest run that was no dry run.
class LastRun final : public converge::Observer {
  public:
    LastRun(host::Files& files, std::filesystem::path file) : files_(files), file_(std::move(file)) {}
    void finished(const converge::Run& run) override;

  private:
    host::Files& files_;
    std::filesystem::path file_;
};

}  // namespace dray::report
