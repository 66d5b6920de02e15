// The root trees of targets: distributions other than the build host's, kept until they are too old.
#pragma once

#include "builder/settings.h"
#include "host/clock.h"
#include "host/descriptor.h"
#include "host/process.h"

#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace dray::builder {

/// A tree that is in use: nobody removes it while this object lives.
class RootTree {
  public:
    /// `folder` has the tree as `root`. Throws Error when it is gone, or when its os-release(5) is not that
    /// of `target`.
    RootTree(std::string target, std::filesystem::path folder);

    const std::string& target() const { return target_; }
    const std::filesystem::path& folder() const { return folder_; }
    std::filesystem::path root() const { return folder_ / "root"; }
    /// What the versions of packages for it end in: "+deb12".
    const std::string& suffix() const { return suffix_; }

  private:
    std::string target_;
    std::filesystem::path folder_;
    std::string suffix_;
    host::Descriptor in_use_;  ///< a shared flock(2) of the folder
};

/// What the Debian version of a package for a distribution ends in, by the text of its os-release(5):
/// "+deb12", "+ubuntu24.04". Throws Error for one that is neither of `target` nor has a number yet.
std::string target_suffix(const std::string& target, std::string_view os_release);

/// What a tree is made of.
struct TreeWish {
    std::string target;                 ///< the codename, which is the suite as well
    std::vector<std::string> sources;   ///< URLs and lines as in sources.list(5)
    std::vector<std::string> packages;  ///< beside the required ones
};

/// The same for the same wish, in whatever order its packages are.
std::string tree_key(const TreeWish& wish);

/// The packages that a service is built with, for its interpreter, and those that the settings add.
std::vector<std::string> tree_packages(const Settings& settings, const Settings::Target& target);

/// One of the build host's own sources of packages, as apt has it.
struct AptSource {
    std::string uri;
    std::string codename;   ///< "bookworm-security"
    std::string component;  ///< "main"
};

/// The lines of sources.list(5) for a target by the build host's own sources: each suite of `own`, the host's
/// codename, becomes that of `target`. Empty when there is none.
std::vector<std::string> sources_like(const std::vector<AptSource>& host, const std::string& own,
                                      const std::string& target, const std::filesystem::path& keyring);

/// The trees below a folder, each made by mmdebstrap(1), as a root without privileges where the kernel allows
/// that (unprivileged_root.h):
///
///   bookworm-0123456789abcdef-1764512345/root/    the tree, by its key and the time it was made at
class RootTrees {
  public:
    /// `say` gets what takes its time, and what is strange and does not stop the work.
    RootTrees(const host::Processes& processes, const host::Clock& clock, std::filesystem::path folder,
              std::function<void(const std::string&)> say);

    /// The newest tree of that target, made when there is none or it is older than `[host]
    /// renew_roots_after`; then older ones that nobody uses go. While another build makes one, that is waited
    /// for, unless `processes` are stopped meanwhile (Processes::throw_if_stopped). When it cannot be made,
    /// an older one serves once more, which is said; without any Unsure is thrown, with the room that was left
    /// when a disk was full. Trees become visible by a rename, so that one cut short is made again, and what
    /// there was of it goes.
    std::shared_ptr<const RootTree> take(const Settings& settings, const std::string& target) const;

  private:
    TreeWish wish(const Settings& settings, const std::string& target) const;
    std::vector<AptSource> host_sources(const std::string& distribution) const;
    std::filesystem::path make(const TreeWish& wish, const std::string& prefix) const;
    /// Makes the folder `made` with a tree as `root`, and syncs it.
    void fill(const TreeWish& wish, const std::filesystem::path& made) const;
    /// Has mmdebstrap(1) make `made`/root.
    void bootstrap(const TreeWish& wish, const std::filesystem::path& made) const;
    void remove_unfinished() const;
    void remove_old(std::chrono::seconds age) const;

    const host::Processes& processes_;
    const host::Clock& clock_;
    std::filesystem::path folder_;
    std::function<void(const std::string&)> say_;
};

}  // namespace dray::builder
