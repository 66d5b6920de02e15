// The resource type `package`.
#pragma once

#include "recipe/schema.h"
#include "resources/resource.h"

namespace dray::resources {

/// A Debian package at a wanted version. Source: apt_preferences(5), Debian Policy 5.6.12 and 7.1.
class Package final : public Resource {
  public:
    static const recipe::Schema schema;
    /// Throws Error for a version that is no wish.
    explicit Package(const recipe::Properties& properties);

    void expect(host::Host& host) const override;
    State inspect(const host::Host& host) const override;
    State wanted(const host::Host& host) const override;
    void apply(host::Host& host, const State& now, const Progress& progress) override;

  private:
    host::PackageWish wish_;
    std::string state_;
    bool allow_downgrade_;
};

}  // namespace dray::resources
