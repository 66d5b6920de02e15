// The records of builds whose packages go where there is no place for them.
#include "builder/kept_records.h"

#include "error.h"

#include <spdlog/fmt/fmt.h>

#include <fstream>
#include <sstream>
#include <system_error>
#include <utility>

namespace dray::builder {
namespace fs = std::filesystem;

KeptRecords::KeptRecords(std::unique_ptr<PackageArchive> archive, fs::path folder)
    : archive_(std::move(archive)), folder_(std::move(folder)) {}

void KeptRecords::stage(const Products& products, bool may_link) {
    archive_->stage(products, may_link);
    for (const BuiltPackage& package : products.debs)
        // An older dray-build, whose publication is gone on with, made none.
        if (!package.buildinfo.empty() && !fs::exists(folder_ / package.buildinfo))
            placed_.place(products.folder / package.buildinfo, folder_ / package.buildinfo);
}

void KeptRecords::commit() {
    try {
        archive_->commit();
    } catch (...) {
        if (may_be_visible()) placed_.keep();
        throw;
    }
    placed_.keep();
}

void KeptRecords::withdraw(const Products& products) {
    archive_->withdraw(products);
    std::error_code ignored;  // its number is not used again
    for (const BuiltPackage& package : products.debs)
        if (!package.buildinfo.empty()) fs::remove(folder_ / package.buildinfo, ignored);
}

std::optional<std::string> KeptRecords::record(const std::string& name) const {
    const std::ifstream file(folder_ / name, std::ios::binary);
    std::ostringstream text;
    if (name.empty() || !file || !(text << file.rdbuf())) return {};
    return text.str();
}

}  // namespace dray::builder
