// A repository that reprepro(1) keeps as the place of packages.
#pragma once

#include "builder/package_archive.h"

#include <string>
#include <vector>

namespace dray::builder {

/// Packages are included in a distribution (`reprepro includedeb`), which conf/distributions describes and
/// whose key it names. A distribution keeps the newest version of a package alone (unless it has a Limit) and
/// removes the file of the one before; that is therefore kept beside the products until the publication has
/// ended. While another reprepro is at work its lock is waited for, ten seconds; one that a reprepro of ours
/// has left, which was killed, is removed.
class RepreproArchive final : public PackageArchive {
  public:
    /// `settings.publish` has `reprepro_folder`, `suite` and `component`. The packages of a `target` have a
    /// distribution of their own: "stable-bookworm".
    RepreproArchive(const host::Processes& processes, const Settings& settings,
                    const std::string& target = {});

    void stage(const Products& products, bool may_link) override;
    void commit() override;
    bool may_be_visible() const override;
    bool takes_back() const override { return true; }
    /// The version before comes back.
    void withdraw(const Products& products) override;
    /// The files in the pool that the distribution lists, as they lie there.
    std::optional<PackageFiles> published(const Products& products) const override;
    std::vector<Version> versions() const override;
    /// A distribution without a Limit lists the newest version alone.
    bool superseded(const Products& products) const override;
    /// "" as long as that is none of reprepro's.
    std::filesystem::path folder() const override;
    void tidy(const Products& products) override;
    std::string text() const override;

  private:
    void include(const std::filesystem::path& deb, const std::string& exported) const;
    void export_suite() const;
    void refuse_locked_key() const;
    void keep_replaced(const Products& products) const;
    /// A reprepro that is killed leaves its databases at odds: it does not know a file that it lists, or
    /// still needs one that was replaced. The next release would fail, or what was replaced could not come
    /// back.
    void heal() const;
    void forget_lost(const std::filesystem::path& name) const;
    std::vector<std::string> unreferenced() const;
    void remove_from_pool(const Products& products) const;
    std::string run(std::vector<std::string> words, const std::string& attempt) const;
    /// A file that the distribution lists.
    struct Listed {
        std::filesystem::path place;
        std::string digest;
    };
    /// Those of the package in the component, by name.
    std::map<std::string, Listed> listed() const;

    const host::Processes& processes_;
    const Settings& settings_;
    std::string suite_;     ///< the distribution
    std::string replaced_;  ///< the folder of what it has replaced, beside the products
    Products products_;
};

}  // namespace dray::builder
