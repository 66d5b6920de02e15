// Where the commands that make a package run: on the build host itself, or in the root tree of a target.
#pragma once

#include "builder/root_tree.h"
#include "builder/version.h"
#include "host/process.h"

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace dray::builder {

/// A folder or file of the build host that a command in a root tree sees, and where it sees it.
struct Shown {
    std::filesystem::path from;
    std::filesystem::path to;
    bool writable = false;
};

/// A distribution that packages are made for and in.
class BuildRoot {
  public:
    /// The build host itself.
    BuildRoot() = default;

    /// A root tree, in which every command sees `shown`. The tree is kept for as long as this object lives.
    BuildRoot(std::shared_ptr<const RootTree> tree, std::vector<Shown> shown);

    bool is_host() const { return !tree_; }

    /// The target's name, a codename: "bookworm"; "" for the build host itself.
    const std::string& target() const;

    /// Where its system folders are: "/" on the build host itself.
    std::filesystem::path system() const;

    /// A release's version in packages that are made here: "26.11.3+deb12", without a target "26.11.3".
    std::string debian_version(const Version& version) const;

    /// A text that is another one for each tree; "" for the build host itself. For keys of what is cached.
    std::string key() const;

    /// The same command within the tree, as root, with nothing of the build host but what is shown, its /proc
    /// and the plain devices: a mount namespace of its own (unshare(1), pivot_root(2)) has an overlay over
    /// the tree, which itself never changes, and all mounts die with the command. On the build host itself it
    /// is the command as it stands. What confines a command further goes around `command` before it comes
    /// here: mounting needs root.
    host::Command inside(host::Command command, const std::vector<Shown>& more = {}) const;

  private:
    std::shared_ptr<const RootTree> tree_;
    std::vector<Shown> shown_;
};

/// What commands in a tree are shown: the run's `scratch`, to write, the products and the wheelhouses, to
/// read, and with `network` what they need to reach an index as the build host does: names, certificates, and
/// root's configuration of pip and .netrc. What is not there is left out.
std::vector<Shown> shown_in_trees(const std::filesystem::path& scratch, const std::filesystem::path& products,
                                  const std::vector<std::string>& wheelhouses, bool network);

}  // namespace dray::builder
