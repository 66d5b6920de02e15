// The resource type `directory`.
#pragma once

#include "recipe/schema.h"
#include "resources/folder_tree.h"
#include "resources/resource.h"

namespace dray::resources {

/// A folder with owner, group and mode, and if wished with all that is below it.
class Directory final : public Resource {
  public:
    static const recipe::Schema schema;
    /// Throws Error for keys that mean nothing without another.
    explicit Directory(const recipe::Properties& properties);

    State inspect(const host::Host& host) const override;
    State wanted(const host::Host& host) const override;
    void apply(host::Host& host, const State& now, const Progress& progress) override;

  private:
    void take_source(const recipe::FolderText& folder, const recipe::Properties& properties);

    std::filesystem::path path_;
    host::Ownership ownership_;
    bool parents_;
    bool present_;
    bool sensitive_;
    FolderTree tree_;
    /// What the last `inspect` found below the folder, so that a tree is walked once and not for `wanted`
    /// again.
    mutable std::vector<TreeDeviation> deviations_;
};

}  // namespace dray::resources
