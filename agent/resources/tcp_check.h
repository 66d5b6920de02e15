// The resource type `tcp_check`.
#pragma once

#include "recipe/schema.h"
#include "resources/patience.h"
#include "resources/resource.h"

namespace dray::resources {

/// Somebody who listens at a port or a Unix socket, within some time.
class TcpCheck final : public Resource {
  public:
    static const recipe::Schema schema;
    /// Throws Error for a name that is neither host and port nor an absolute path.
    explicit TcpCheck(const recipe::Properties& properties);

    State inspect(const host::Host& host) const override;
    State wanted(const host::Host& host) const override;
    void apply(host::Host& host, const State& now, const Progress& progress) override;
    bool is_check() const override { return true; }

  private:
    std::string ask(const host::Host& host) const;

    host::Endpoint endpoint_;
    Patience patience_;
};

}  // namespace dray::resources
