// The resource type `user`.
#pragma once

#include "recipe/schema.h"
#include "resources/resource.h"

namespace dray::resources {

/// A user account, its password locked.
class User final : public Resource {
  public:
    static const recipe::Schema schema;
    explicit User(const recipe::Properties& properties);

    State inspect(const host::Host& host) const override;
    State wanted(const host::Host& host) const override;
    void apply(host::Host& host, const State& now, const Progress& progress) override;

  private:
    host::UserWish wish_;
    bool present_;
};

}  // namespace dray::resources
