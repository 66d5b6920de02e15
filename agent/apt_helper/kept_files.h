// The package files of a transaction that are taken in place of what a source has.
#pragma once

#include "host/apt.h"

#include <apt-pkg/cachefile.h>
#include <apt-pkg/pkgcache.h>

#include <filesystem>
#include <map>
#include <string>

namespace dray::apt_helper {

/// Offers files to libapt as `apt-get install ./FILE` does. For a change they are copied into apt's archives
/// first, being verified as they are copied, so that nobody can exchange them in between; there libapt takes
/// them for downloaded whatever sources have of the same version, and there a later repair finds them.
class KeptFiles {
  public:
    /// None.
    KeptFiles() = default;
    explicit KeptFiles(std::map<std::string, host::KeptPackage> files) : files_(std::move(files)) {}
    /// Takes the copies away again, unless they were left.
    ~KeptFiles();
    KeptFiles(const KeptFiles&) = delete;
    KeptFiles& operator=(const KeptFiles&) = delete;

    /// Verifies the files where they are, for what changes no package. Throws Error.
    void verify();
    /// Verifies and copies them. Takes dpkg's locks for granted. Throws Error; then nothing was copied.
    void place();
    /// Tells libapt of them: after one of the above, and before the cache is opened.
    void offer(pkgCacheFile& cache) const;

    bool contains(const std::string& name) const { return files_.contains(name); }
    /// Whether the version of the package `name` is that of its file.
    bool bring(const std::string& name, const pkgCache::VerIterator& version) const;
    /// The SHA-256 of a file that is offered to libapt; "" when it is none of these.
    std::string sha256_of(const std::filesystem::path& archive) const;

    /// From now on the copies stay (dpkg is at work, and a repair may need them), or do not (it is done).
    void leave(bool leave) { leave_ = leave; }

  private:
    std::map<std::string, host::KeptPackage> files_;
    std::map<std::string, std::filesystem::path> offered_;  ///< by name
    std::map<std::filesystem::path, std::string> placed_;   ///< with their SHA-256
    std::map<std::filesystem::path, std::string> found_;    ///< were there already, or not copied
    bool leave_ = false;
};

}  // namespace dray::apt_helper
