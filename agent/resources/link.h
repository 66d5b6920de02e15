// The resource type `link`.
#pragma once

#include "recipe/schema.h"
#include "resources/resource.h"

namespace dray::resources {

/// A symbolic link with its target. It takes the place of a file or of another link, never of a folder.
class Link final : public Resource {
  public:
    static const recipe::Schema schema;
    /// Throws Error when it is to be there and has no target.
    explicit Link(const recipe::Properties& properties);

    State inspect(const host::Host& host) const override;
    State wanted(const host::Host& host) const override;
    void apply(host::Host& host, const State& now, const Progress& progress) override;
    std::vector<std::filesystem::path> paths() const override { return {path_}; }

  private:
    std::filesystem::path path_;
    std::string target_;
    host::Ownership ownership_;
    bool present_;
};

}  // namespace dray::resources
