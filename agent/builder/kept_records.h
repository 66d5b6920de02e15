// The records of builds whose packages go where there is no place for them.
#pragma once

#include "builder/package_archive.h"
#include "builder/placed_files.h"

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace dray::builder {

/// An archive that another tool keeps, and beside it, in a folder that is this program's alone, the record of
/// each package's build (deb-buildinfo(5)) that `verify` tells of. Of several builds of one package that of
/// the published one stays.
class KeptRecords final : public PackageArchive {
  public:
    KeptRecords(std::unique_ptr<PackageArchive> archive, std::filesystem::path folder);

    void stage(const Products& products, bool may_link) override;
    void keep() override { archive_->keep(); }
    /// The records stay when some of the packages may be visible.
    void commit() override;
    bool may_be_visible() const override { return archive_->may_be_visible(); }
    bool takes_back() const override { return archive_->takes_back(); }
    void withdraw(const Products& products) override;
    std::optional<PackageFiles> published(const Products& products) const override {
        return archive_->published(products);
    }
    std::optional<std::string> record(const std::string& name) const override;
    bool superseded(const Products& products) const override { return archive_->superseded(products); }
    bool complete(const Products& products) const override { return archive_->complete(products); }
    std::vector<Version> versions() const override { return archive_->versions(); }
    std::filesystem::path folder() const override { return archive_->folder(); }
    void tidy(const Products& products) override { archive_->tidy(products); }
    std::string text() const override { return archive_->text(); }

  private:
    std::unique_ptr<PackageArchive> archive_;
    std::filesystem::path folder_;
    PlacedFiles placed_;
};

}  // namespace dray::builder
