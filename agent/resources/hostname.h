// The resource type `hostname`.
#pragma once

#include "recipe/schema.h"
#include "resources/resource.h"

namespace dray::resources {

/// The host's own name, in the running kernel and in /etc/hostname.
class Hostname final : public Resource {
  public:
    static const recipe::Schema schema;
    /// Throws Error for what is no host name.
    explicit Hostname(const recipe::Properties& properties);

    State inspect(const host::Host& host) const override;
    State wanted(const host::Host& host) const override;
    void apply(host::Host& host, const State& now, const Progress& progress) override;

  private:
    std::string name_;
};

}  // namespace dray::resources
