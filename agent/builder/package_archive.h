// Where the Debian packages of releases go: dray's own apt repository, or one that another tool keeps.
#pragma once

#include "builder/products.h"
#include "builder/settings.h"
#include "builder/version.h"
#include "host/clock.h"
#include "host/file.h"
#include "host/process.h"

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace dray::builder {

/// Packages: file name to SHA-256 in small letters.
using PackageFiles = std::map<std::string, std::string>;

/// One publication of a release's packages. Doing each step again with the same bytes is no error.
class PackageArchive {
  public:
    virtual ~PackageArchive() = default;

    /// Does all that can fail and that nobody sees. `may_link` says that nobody else can write the products.
    /// Throws Error when the archive has other bytes under one of the names.
    virtual void stage(const Products& products, bool may_link) = 0;
    /// What was staged stays; without it, it goes with this object.
    virtual void keep() {}
    /// Makes what was staged visible.
    virtual void commit() = 0;
    /// After a `commit` that has failed: whether a client can have seen some of it, now or by what somebody
    /// else does there next.
    virtual bool may_be_visible() const = 0;

    /// Whether `withdraw` brings back what clients had before.
    virtual bool takes_back() const = 0;
    /// Takes a release's packages out, those with the same bytes alone. Throws Error when the archive takes
    /// nothing back.
    virtual void withdraw(const Products& products) = 0;

    /// Those of the release's file names that the archive has; nothing when that cannot be told. Throws
    /// Unsure when it cannot be told now.
    virtual std::optional<PackageFiles> published(const Products& products) const = 0;
    /// The record of a package's build (deb-buildinfo(5)) by its file name, where the archive has it.
    virtual std::optional<std::string> record(const std::string&) const { return {}; }
    /// Whether the archive lists a newer version in the place of this one, as it keeps the newest alone.
    virtual bool superseded(const Products&) const { return false; }
    /// Whether a release whose tag is on the remote, which is the last step, needs nothing more here.
    virtual bool complete(const Products& products) const;
    /// The versions that the package has used up there. Throws Unsure when they cannot be told now.
    virtual std::vector<Version> versions() const = 0;

    /// The folder that services with the same archive share, and that is locked while one of them changes it;
    /// "" when there is none.
    virtual std::filesystem::path folder() const { return {}; }
    /// After a publication has ended: removes what nobody can ask for any more.
    virtual void tidy(const Products&) {}
    /// How a person calls it.
    virtual std::string text() const = 0;
};

/// The archive of `settings`. `records` is the folder for the records of builds where the archive has no
/// place for them, `say` gets what is strange and does not stop the work.
std::unique_ptr<PackageArchive> package_archive(const host::Processes& processes, const host::Files& files,
                                                const host::Clock& clock, const Settings& settings,
                                                const std::filesystem::path& records,
                                                const std::function<void(const std::string&)>& say);

/// The file names of a release's packages, in its folder.
std::vector<std::string> package_names(const Products& products);

/// The release's version in the name of a package's file ("warehouse_26.9.1_all.deb"; the target that it may
/// be for is left out), when it is one of `package`.
std::optional<Version> package_version(const std::string& file, const std::string& package);

/// Which of the release's packages `there` lacks. Throws Error when it has other bytes under one of the
/// names; `archive` is how a person calls it.
std::vector<std::string> missing_packages(const Products& products, const PackageFiles& there,
                                          const std::string& archive);

/// What a program printed, all of it. Throws Error when more came than is kept of it: a list that is cut off
/// would tell of packages that are there as missing.
const std::string& whole_output(const host::Result& result, const std::string& attempt);

/// Which of the release's packages `there` has, with the same bytes.
std::vector<std::string> same_packages(const Products& products, const PackageFiles& there);

}  // namespace dray::builder
