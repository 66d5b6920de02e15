// Facts that cost something to learn: they are learned when somebody names them, and once.
#pragma once

#include "error.h"
#include "host/custom_facts.h"
#include "host/file.h"
#include "host/process.h"
#include "value.h"

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace dray::host {

/// fqdn, addresses and address (host/network.h), virtualization (systemd-detect-virt(1)), and the facts of
/// the administrator's folder.
class MoreFacts {
  public:
    MoreFacts(const Files& files, const Processes& processes, std::filesystem::path folder);

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
    CustomFacts custom_;
    struct Known {
        std::optional<Value> value = {};
        std::optional<Error> error = {};
    };
    mutable std::map<std::string, Known> known_;
};

}  // namespace dray::host
