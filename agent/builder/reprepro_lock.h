// The lock file that reprepro(1) has while it is at work.
#pragma once

#include <filesystem>

namespace dray::builder {

/// One run of reprepro in a base directory. Its lock file says nothing of who made it, and outlives a
/// reprepro that is killed: nobody could work there until a person removes it. So there is a note of ours
/// beside it for as long as one of our runs may have made it, and a later run that finds both removes the
/// lock file.
class RepreproLock {
  public:
    /// Removes the lock file in `base` that a run of ours has left, and writes the note of this one. It is
    /// ours when it is this user's, is younger than a note that was written on this machine (machine-id(5)),
    /// and nobody is at work there: no process of the name reprepro lives that could have made it. Whoever
    /// does not see all processes removes none. A note that cannot be written is none. `processes` has them
    /// as proc(5) says.
    explicit RepreproLock(const std::filesystem::path& base,
                          const std::filesystem::path& processes = "/proc");
    /// Removes the note, unless reprepro may have left a lock file.
    ~RepreproLock();

    /// reprepro has ended by itself: it has removed its lock file, and one that is there is somebody else's.
    void ended() { ended_ = true; }

    RepreproLock(const RepreproLock&) = delete;
    RepreproLock& operator=(const RepreproLock&) = delete;

  private:
    bool is_left() const;
    void remove_left(const std::filesystem::path& processes) const;

    std::filesystem::path lock_;
    std::filesystem::path note_;
    bool noted_ = false;  ///< the note is this run's
    bool ended_ = false;
};

}  // namespace dray::builder
