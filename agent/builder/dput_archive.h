// An upload queue that dput(1) knows as the place of packages.
#pragma once

#include "builder/package_archive.h"

#include <string>
#include <vector>

namespace dray::builder {

/// Each package goes with a .changes file, signed where a key is configured, to a host of dput's
/// configuration file: by dput-ng or dput. What the queue makes of it nobody here can tell: a release counts
/// as published when its upload was taken, an upload that was cut off is made again with the same bytes, and
/// nothing is taken back.
class DputArchive final : public PackageArchive {
  public:
    /// `settings.publish` has `dput_config`, `dput_host` and `suite`.
    DputArchive(const host::Processes& processes, const Settings& settings);

    /// Leaves the .changes files beside the packages, where dput(1) looks for these.
    void stage(const Products& products, bool may_link) override;
    void commit() override;
    bool may_be_visible() const override { return sent_; }
    bool takes_back() const override { return false; }
    void withdraw(const Products& products) override;
    std::optional<PackageFiles> published(const Products&) const override { return {}; }
    std::vector<Version> versions() const override { return {}; }
    std::string text() const override;

  private:
    void dput(const std::filesystem::path& changes, bool simulate) const;

    const host::Processes& processes_;
    const Settings& settings_;
    std::vector<std::filesystem::path> changes_;
    bool sent_ = false;  ///< whether the queue may have something of it
};

}  // namespace dray::builder
