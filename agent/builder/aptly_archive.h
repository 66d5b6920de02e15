// A repository that aptly(1) keeps as the place of packages.
#pragma once

#include "builder/package_archive.h"

#include <string>
#include <vector>

namespace dray::builder {

/// Packages are added to a local repository (`aptly repo add`), whose publication is then updated (`aptly
/// publish update`); both have been made by a person. aptly replaces its index files one by one, so that a
/// client may see some of the old and some of the new for a moment, and after a kill until `resume`. While
/// another aptly is at work its database is waited for, some twenty seconds. What it had copied of a package
/// when it was killed keeps that out, and is removed.
class AptlyArchive final : public PackageArchive {
  public:
    /// `settings.publish` has `aptly_config`, `aptly_repo`, `aptly_prefix` and `suite`. The packages of a
    /// `target` have a local repository and a distribution of their own: "internal-bookworm" and
    /// "stable-bookworm".
    AptlyArchive(const host::Processes& processes, const Settings& settings, const std::string& target = {});

    void stage(const Products& products, bool may_link) override;
    void commit() override;
    bool may_be_visible() const override { return updated_; }
    bool takes_back() const override { return true; }
    void withdraw(const Products& products) override;
    /// What the local repository has.
    std::optional<PackageFiles> published(const Products& products) const override;
    std::vector<Version> versions() const override;
    /// aptly's `rootDir`; "" when there is none yet, and its own lock has to do.
    std::filesystem::path folder() const override;
    std::string text() const override;

  private:
    host::Command aptly(const std::vector<std::string>& words) const;
    std::string run(const std::vector<std::string>& words, const std::string& attempt) const;
    PackageFiles files() const;
    /// As `run`, and once more without what it has left in its own way when it was killed.
    void change(const std::vector<std::string>& words, const std::string& attempt) const;
    void update() const;
    void try_key() const;
    void remove(const std::vector<std::string>& names) const;

    const host::Processes& processes_;
    const Settings& settings_;
    std::string repo_;   ///< the local repository
    std::string suite_;  ///< the distribution that it is published as
    Products products_;
    bool updated_ = false;  ///< whether the publication may have been updated
};

}  // namespace dray::builder
