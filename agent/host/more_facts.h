// Facts that cost something to learn: they are learned when somebody names them, and once.
#pragma once

#include "error.h"
#include "host/apt_dpkg.h"
#include "host/custom_facts.h"
#include "host/file.h"
#include "host/process.h"
#include "host/systemd.h"
#include "value.h"

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace dray::host {

/// fqdn, addresses and address (host/network.h), virtualization (systemd), package (dpkg's status), and the
/// facts of the administrator's folder.
class MoreFacts {
  public:
    /// `folder` is that of the administrator's facts, `dpkg` that of its status.
    MoreFacts(const Files& files, const Processes& processes, const Systemd& systemd,
              std::filesystem::path folder, std::filesystem::path dpkg = "/var/lib/dpkg");

    /// All their names; learns nothing. Throws Error when the folder cannot be read.
    std::vector<std::string> names() const;

    /// The fact of this name; nothing when the host has none. Throws Error, the same one each time.
    std::optional<Value> learn(const std::string& name) const;

    /// Where it comes from: "getifaddrs(3)", "/etc/dray/facts.d/gpu". Throws Error when there is no saying.
    std::string origin(const std::string& name) const;

  private:
    std::optional<Value> learn_anew(const std::string& name) const;

    const Files& files_;
    const Processes& processes_;
    const Systemd& systemd_;
    DpkgDatabase dpkg_;
    CustomFacts custom_;
    struct Known {
        std::optional<Value> value = {};
        std::optional<Error> error = {};
    };
    mutable std::map<std::string, Known> known_;
};

}  // namespace dray::host
