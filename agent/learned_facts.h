// The host's facts as recipes ask for them.
#pragma once

#include "host/file.h"
#include "host/more_facts.h"
#include "host/process.h"
#include "host/systemd.h"
#include "recipe/scope.h"

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace dray {

/// The real machine's, with those of the administrator in `folder`. One that cannot be learned without root
/// is unknown to others, and no mistake.
class LearnedFacts final : public recipe::FactSource {
  public:
    explicit LearnedFacts(std::filesystem::path folder);
    /// Of another machine than the one that recipes are for: what this one does not have is unknown.
    struct Elsewhere {};
    explicit LearnedFacts(Elsewhere);

    std::optional<Value> learn(const std::string& name) const override;
    std::vector<std::string> names() const override;
    /// As host::MoreFacts has them; throws Error.
    std::vector<std::string> all_names() const { return facts_.names(); }
    std::string origin(const std::string& name) const { return facts_.origin(name); }

  private:
    host::SystemFiles files_;
    host::SystemProcesses processes_;
    host::BusSystemd systemd_{processes_};
    host::MoreFacts facts_;
    bool elsewhere_ = false;
};

}  // namespace dray
