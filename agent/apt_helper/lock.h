// Locks of apt and dpkg are waited for, saying who holds them.
#pragma once

#include "host/descriptor.h"

#include <chrono>
#include <filesystem>

namespace dray::apt_helper {

/// Waits until no other process holds `lock`, a file locked by fcntl(2) as apt and dpkg do it. The lock is
/// not taken and somebody may be quicker, so libapt is told to wait some seconds more itself. Throws Error
/// naming the holder when `limit` passes.
void wait_until_free(const std::filesystem::path& lock, std::chrono::seconds limit);

/// dpkg's frontend lock, held while dpkg itself is run. libapt's own pkgSystem::Lock refuses to take it when
/// dpkg was interrupted, which is just when it is needed. Source: dpkg's doc/frontend.txt.
class FrontendLock {
  public:
    /// Throws Error when it cannot be had within `limit`.
    FrontendLock(const std::filesystem::path& dpkg_folder, std::chrono::seconds limit);

  private:
    host::Descriptor file_;
};

/// The folder that dpkg keeps its records in.
std::filesystem::path dpkg_folder();

}  // namespace dray::apt_helper
