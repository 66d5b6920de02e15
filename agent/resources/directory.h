// The resource type `directory`.
#pragma once

#include "recipe/schema.h"
#include "resources/resource.h"

namespace dray::resources {

/// A folder with owner, group and mode.
class Directory final : public Resource {
  public:
    static const recipe::Schema schema;
    explicit Directory(const recipe::Properties& properties);

    State inspect(const host::Host& host) const override;
    State wanted(const host::Host& host) const override;
    void apply(host::Host& host, const State& now, const Progress& progress) override;

  private:
    std::filesystem::path path_;
    host::Ownership ownership_;
    bool parents_;
    bool present_;
};

}  // namespace dray::resources
