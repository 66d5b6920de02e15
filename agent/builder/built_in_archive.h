// dray's own apt repository as the place of packages.
#pragma once

#include "builder/apt_repository.h"
#include "builder/package_archive.h"

#include <functional>
#include <list>
#include <string>
#include <vector>

namespace dray::builder {

/// A folder that some web server shows. One rename makes a release visible, another takes it back; of
/// packages for several targets, one in each one's suite, when all of these are made.
class BuiltInArchive final : public PackageArchive {
  public:
    BuiltInArchive(const host::Processes& processes, const host::Files& files, const host::Clock& clock,
                   const Settings& settings, const std::function<void(const std::string&)>& say);

    void stage(const Products& products, bool may_link) override;
    void keep() override;
    void commit() override;
    bool may_be_visible() const override { return true; }
    bool takes_back() const override { return true; }
    void withdraw(const Products& products) override;
    /// The files in the pool, as they lie there: somebody may have damaged one.
    std::optional<PackageFiles> published(const Products& products) const override;
    /// Never: `commit` finds by itself that the suite lists them.
    bool complete(const Products&) const override { return false; }
    /// Of the files in the pool, published or left by a run that died.
    std::optional<std::string> record(const std::string& name) const override;
    std::vector<Version> versions() const override;
    std::filesystem::path folder() const override { return settings_.publish.apt; }
    void tidy(const Products& products) override;
    std::string text() const override { return settings_.publish.apt.string(); }

  private:
    std::filesystem::path pool() const;

    const host::Processes& processes_;
    const host::Files& files_;
    const host::Clock& clock_;
    const Settings& settings_;
    std::function<void(const std::string&)> say_;
    std::list<AptPublication> publications_;  ///< one for each target, which has its own suite
};

}  // namespace dray::builder
