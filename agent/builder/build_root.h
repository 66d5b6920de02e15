// Where packages are made: on the build host itself, or in the root tree of a target.
#pragma once

#include "builder/confinement.h"
#include "builder/root_tree.h"
#include "builder/settings.h"
#include "builder/version.h"
#include "host/process.h"

#include <filesystem>
#include <memory>
#include <string>

namespace dray::builder {

/// A distribution that packages are made for and in. In the tree of a target everything runs confined, and
/// sees the tree as the build host's own folders are seen on the build host: read-only.
class BuildRoot {
  public:
    /// The build host itself.
    BuildRoot() = default;

    /// A root tree, which is kept for as long as this object lives.
    explicit BuildRoot(std::shared_ptr<const RootTree> tree);

    bool is_host() const { return !tree_; }

    /// The target's name, a codename: "bookworm"; "" for the build host itself.
    const std::string& target() const;

    /// Where its system folders are: "/" on the build host itself.
    std::filesystem::path system() const;

    /// A release's version in packages that are made here: "26.11.3+deb12", without a target "26.11.3".
    std::string debian_version(const Version& version) const;

    /// A text that is another one for each tree; "" for the build host itself. For keys of what is cached.
    std::string key() const;

    /// What is cached of a kind ("environment") for this root: each has its own, so that none drives out
    /// another's.
    std::string cache_kind(const std::string& kind) const;

    /// build_confinement() with this root's system folders.
    Confinement confinement(const Settings& settings) const;

    /// The same with what dpkg knows of this root's packages.
    Confinement with_dpkg(const Settings& settings) const;

    /// A command of the system's own that runs no code of a commit: on the build host as it stands, in a tree
    /// confined, as what is in a tree is not the build host's to trust.
    host::Command own_command(host::Command command, const Settings& settings) const;

  private:
    std::shared_ptr<const RootTree> tree_;
};

}  // namespace dray::builder
