// The resource type `sysctl`.
#pragma once

#include "recipe/schema.h"
#include "resources/managed_file.h"
#include "resources/resource.h"

namespace dray::resources {

/// A setting of the kernel, now and at each boot.
class Sysctl final : public Resource {
  public:
    static const recipe::Schema schema;
    /// Throws Error for a name that is none of a setting, and for a value that is missing or more than one
    /// line.
    explicit Sysctl(const recipe::Properties& properties);

    State inspect(const host::Host& host) const override;
    State wanted(const host::Host& host) const override;
    void apply(host::Host& host, const State& now, const Progress& progress) override;

  private:
    std::string value_;
    bool live_;
    std::filesystem::path setting_;  ///< below /proc/sys
    ManagedFile file_;               ///< what systemd-sysctl reads at boot
};

}  // namespace dray::resources
