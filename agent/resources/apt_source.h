// The resource type `apt_source`.
#pragma once

#include "recipe/schema.h"
#include "resources/managed_file.h"
#include "resources/resource.h"

#include <chrono>

namespace dray::resources {

/// A signed apt repository. Source: sources.list(5), deb822 style; the key stands in the same file, so that
/// source and key change in one rename. A proxy is a setting of apt's for the repository's host:
/// apt-transport-http(1).
class AptSource final : public Resource {
  public:
    static const recipe::Schema schema;
    /// Throws Error for a name that apt would pass over, a key that is no armoured OpenPGP public key, a
    /// broken URI, options that do not fit together.
    explicit AptSource(const recipe::Properties& properties);

    void expect(host::Host& host) const override;
    State inspect(const host::Host& host) const override;
    State wanted(const host::Host& host) const override;
    void apply(host::Host& host, const State& now, const Progress& progress) override;

  private:
    std::string name_;
    ManagedFile file_;
    ManagedFile proxy_file_;
    std::string proxy_;  ///< "" for none
    std::chrono::seconds max_age_;
};

}  // namespace dray::resources
