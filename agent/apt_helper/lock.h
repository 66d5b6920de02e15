// Locks of apt and dpkg are waited for, saying who holds them.
#pragma once

#include "host/descriptor.h"

#include <chrono>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

namespace dray::apt_helper {

/// How long one request may wait for locks, all of them together: what was waited for the first is gone for
/// the second. Work between two of them costs nothing.
class LockPatience {
  public:
    explicit LockPatience(std::chrono::seconds limit) : limit_(limit), left_(limit) {}

    std::chrono::seconds limit() const { return limit_; }
    bool ended() const { return left_ <= left_.zero(); }

    /// Waits a moment, and counts it.
    void pause();

  private:
    std::chrono::seconds limit_;
    std::chrono::steady_clock::duration left_;
};

/// Has libapt take locks: waits until nobody else holds any of `locks`, files locked by fcntl(2) as apt and
/// dpkg do it, and calls `take`, whose false means that libapt has an error to tell. When somebody else was
/// quicker, begins anew. Throws Error naming the holder when the patience ends, and with libapt's words when
/// it fails for another reason.
void lock_by_libapt(const std::vector<std::filesystem::path>& locks, LockPatience& patience,
                    const std::string& attempt, const std::function<bool()>& take);

/// dpkg's frontend lock, held while dpkg itself is run. libapt's own pkgSystem::Lock refuses to take it when
/// dpkg was interrupted, which is just when it is needed. Source: dpkg's doc/frontend.txt.
class FrontendLock {
  public:
    /// Throws Error when it cannot be had before the patience ends.
    FrontendLock(const std::filesystem::path& dpkg_folder, LockPatience& patience);

  private:
    host::Descriptor file_;
};

/// The folder that dpkg keeps its records in.
std::filesystem::path dpkg_folder();

}  // namespace dray::apt_helper
