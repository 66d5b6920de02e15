// What the signed indexes, or a package's own record, say of one version.
#pragma once

#include <apt-pkg/cachefile.h>
#include <apt-pkg/pkgcache.h>
#include <apt-pkg/pkgrecords.h>

#include <string>

namespace dray::apt_helper {

/// The SHA-256 of a version's .deb by the index of a signed source, in small hexadecimal digits; "" when no
/// such source has it.
std::string index_sha256(pkgCacheFile& cache, pkgRecords& records, const pkgCache::VerIterator& version);

/// A field of a version's control data, wherever that is known from; "" when it has none.
std::string record_field(pkgRecords& records, const pkgCache::VerIterator& version, const char* field);

}  // namespace dray::apt_helper
