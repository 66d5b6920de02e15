// One change of packages, made by dray-apt where nothing that happens to the agent can cut it short.
#pragma once

#include "host/apt_protocol.h"
#include "host/process.h"
#include "host/systemd.h"

#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace dray::host {

/// A name for a request that no other has: time, process, counter. Names sort by time.
std::string new_request_id();

/// What dray-apt is to know of this process's environment, on top of a clean one: APT_CONFIG and the proxies,
/// which libapt and its methods read.
std::map<std::string, std::string> helper_environment();

/// Throws the answer's failure as an Error, a ListsOutdated, a RepositoryUnreachable or a BeyondPlan, when
/// there is one.
void throw_failure(const AptAnswer& answer);

/// Runs requests through files in one folder (RUNTIME/apt, mode 0700): ID.request, ID.answer (ID.told once
/// somebody has read it), ID.log.
class AptChangeRun {
  public:
    AptChangeRun(const Processes& processes, Systemd& systemd, std::filesystem::path helper,
                 std::filesystem::path folder);

    /// Has the request fulfilled and returns the answer. When the unit is at work already, for a run of the
    /// agent that is gone, that is waited for, and then the request is made: it finds done what the other has
    /// done. `progress` gets each line of the log. An exception from it, or an interrupt, leaves dpkg at
    /// work. Throws Error with what dray-apt answered, and with the end of the log when dpkg had been
    /// started.
    AptAnswer fulfil(const AptRequest& request, const AptProgress& progress) const;

    /// What came of requests whose askers are gone, a line each, and takes note of it. Throws Error for an
    /// answer that is none.
    std::vector<std::string> unreported() const;

  private:
    struct Files;

    void run_as_unit(const Files& files, const AptProgress& progress) const;
    void run_as_child(const Files& files, const AptProgress& progress) const;
    void prune() const;

    const Processes& processes_;
    Systemd& systemd_;
    std::filesystem::path helper_;
    std::filesystem::path folder_;
};

}  // namespace dray::host
