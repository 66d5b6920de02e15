// The signed apt repository that releases are published to.
#pragma once

#include "builder/apt_index.h"
#include "builder/placed_files.h"
#include "builder/settings.h"
#include "builder/version.h"
#include "host/clock.h"
#include "host/file.h"
#include "host/process.h"

#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace dray::builder {

/// One publication of a package into the suite. What is published now is what InRelease lists, whatever else
/// lies in the folders; so a run that died between two steps has published nothing.
class AptPublication {
  public:
    /// `scratch` is an existing folder of our own.
    AptPublication(const host::Processes& processes, const host::Files& files, const host::Clock& clock,
                   const Settings::Publish& settings, std::filesystem::path scratch);

    /// Everything that can fail and that no client sees: the package into the pool, the new indices by their
    /// hashes, the signature. Throws Error, and nothing is left behind.
    void stage(const std::filesystem::path& deb, const std::string& package);

    /// Makes it visible: Packages for clients without by-hash, then InRelease by one rename.
    void commit();

    /// After `commit`: what was visible before is visible again, byte for byte.
    void revert() { replaced_.restore(); }

    /// The package and the indices by hash stay; without it they go with this object.
    void keep() { placed_.keep(); }

  private:
    struct Index {
        std::string path;  ///< below the suite: "main/binary-amd64/Packages.xz"
        std::filesystem::path file;
    };

    Release current() const;
    std::string packages(const Release& release, const std::string& architecture) const;
    std::string common_packages(const Release& release) const;
    void stage_index(Release& release, const std::string& architecture, const std::string& before,
                     const std::string& stanza);
    /// Clients and web servers tell two versions of InRelease apart by second and size.
    void wait_for_next_second() const;
    std::string sign(const std::string& release) const;

    const host::Processes& processes_;
    const host::Files& files_;
    const host::Clock& clock_;
    const Settings::Publish& settings_;
    std::filesystem::path scratch_;
    std::filesystem::path suite_;
    PlacedFiles placed_;
    ReplacedFiles replaced_;
    std::vector<Index> indices_;
    std::string in_release_;
};

/// dpkg's name of this machine's architecture: "amd64".
std::string machine_architecture(const host::Processes& processes);

/// The versions of a package whose files are in the pool, published or left by a run that died: their numbers
/// are not used again.
std::vector<Version> pool_versions(const host::Files& files, const Settings::Publish& settings,
                                   const std::string& package);

}  // namespace dray::builder
