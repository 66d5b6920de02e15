// Temporary folders of a run, and the lock that keeps two runs apart.
#pragma once

#include "host/descriptor.h"

#include <filesystem>
#include <functional>
#include <vector>

namespace dray::builder {

/// A folder of our own that vanishes with this object, whatever is in it.
class Scratch {
  public:
    /// Makes it, with mode 0700, in $TMPDIR or /var/tmp (a virtual environment may be too large for a /tmp in
    /// memory).
    Scratch();
    ~Scratch();
    Scratch(const Scratch&) = delete;
    Scratch& operator=(const Scratch&) = delete;

    const std::filesystem::path& path() const { return path_; }

    /// Where they are made.
    static std::filesystem::path parent();

  private:
    std::filesystem::path path_;
};

/// A folder that something is to be mounted on. What is missing of the path is made, and removed again at the
/// end.
class MountPoint {
  public:
    /// Throws Error when a part of the path is something else than a folder, a link say.
    explicit MountPoint(const std::filesystem::path& path);
    ~MountPoint();
    MountPoint(const MountPoint&) = delete;
    MountPoint& operator=(const MountPoint&) = delete;

  private:
    /// Makes what is missing; returns whether `path` is still the folder that is locked.
    bool make_and_lock(const std::filesystem::path& path);

    std::vector<std::filesystem::path> made_;
    host::Descriptor lock_;  ///< shared, for as long as it is in use: see the destructor
};

/// An exclusive flock(2) on a folder itself, so that no file is needed in it; it dies with this process. The
/// lock is waited for; `on_wait` is called once when somebody else has it, and `still_wanted` several times a
/// second while it is waited for: by an exception it says no. Throws Error when a signal asks the run to
/// stop.
class Lock {
  public:
    /// The folder must be there.
    Lock(const std::filesystem::path& folder, const std::function<void()>& on_wait,
         const std::function<void()>& still_wanted = {});

    /// Whether some process holds the lock of that folder now.
    static bool is_held(const std::filesystem::path& folder);

  private:
    host::Descriptor descriptor_;
};

}  // namespace dray::builder
