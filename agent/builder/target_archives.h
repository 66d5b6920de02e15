// The place of packages when it has another one for each target.
#pragma once

#include "builder/package_archive.h"

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace dray::builder {

/// One archive for each target of a release, each of which gets the packages of its target alone. They are
/// staged, and then shown, one after another.
class TargetArchives final : public PackageArchive {
  public:
    /// The archive for a target; "" is the build host's own distribution.
    using Make = std::function<std::unique_ptr<PackageArchive>(const std::string& target)>;

    /// `targets` are those of the settings, and may be none.
    TargetArchives(std::vector<std::string> targets, Make make);

    void stage(const Products& products, bool may_link) override;
    void keep() override;
    void commit() override;
    bool may_be_visible() const override;
    bool takes_back() const override;
    void withdraw(const Products& products) override;
    std::optional<PackageFiles> published(const Products& products) const override;
    bool superseded(const Products& products) const override;
    bool complete(const Products& products) const override;
    std::vector<Version> versions() const override;
    std::filesystem::path folder() const override;
    void tidy(const Products& products) override;
    std::string text() const override;

  private:
    PackageArchive& of(const std::string& target) const;
    /// Calls it with the archive of each target that the release has a package for, and what of it is for
    /// that.
    void for_each(const Products& products,
                  const std::function<void(PackageArchive&, const Products&)>& what) const;

    std::vector<std::string> targets_;
    Make make_;
    mutable std::map<std::string, std::unique_ptr<PackageArchive>> made_;
    std::vector<PackageArchive*> staged_;
};

}  // namespace dray::builder
