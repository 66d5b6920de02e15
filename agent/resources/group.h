// The resource type `group`.
#pragma once

#include "recipe/schema.h"
#include "resources/resource.h"

namespace dray::resources {

/// A group of users.
class Group final : public Resource {
  public:
    static const recipe::Schema schema;
    explicit Group(const recipe::Properties& properties);

    State inspect(const host::Host& host) const override;
    State wanted(const host::Host& host) const override;
    void apply(host::Host& host, const State& now, const Progress& progress) override;

  private:
    bool counts_members() const { return !wish_.members.empty() || wish_.members_exclusive; }

    host::GroupWish wish_;
    bool present_;
};

}  // namespace dray::resources
