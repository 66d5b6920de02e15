// What the signed indexes, or a package's own record, say of one version.
#include "apt_helper/index_record.h"

#include <apt-pkg/hashes.h>
#include <apt-pkg/indexfile.h>
#include <apt-pkg/sourcelist.h>

namespace dray::apt_helper {

std::string index_sha256(pkgCacheFile& cache, pkgRecords& records, const pkgCache::VerIterator& version) {
    for (auto place = version.FileList(); !place.end(); ++place) {
        const auto file = place.File();
        if (file.Flagged(pkgCache::Flag::NotSource) || file.Flagged(pkgCache::Flag::LocalSource)) continue;
        pkgIndexFile* index = nullptr;
        if (!cache.GetSourceList()->FindIndex(file, index) || !index->IsTrusted()) continue;
        const auto hashes = records.Lookup(place).Hashes();
        const HashString* const found = hashes.find("SHA256");
        if (found != nullptr) return found->HashValue();
    }
    return {};
}

std::string record_field(pkgRecords& records, const pkgCache::VerIterator& version, const char* field) {
    const auto place = version.FileList();
    return place.end() ? std::string() : records.Lookup(place).RecordField(field);
}

}  // namespace dray::apt_helper
