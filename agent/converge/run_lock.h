// The run lock: one converge at a time on a host.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

namespace dray::converge {

/// flock(2) on a file; freed when this is destroyed, and by the kernel when the process dies.
class RunLock {
  public:
    /// Takes the lock, or nothing when somebody else holds it and `wait` is false. That it waits, and for
    /// whom, is logged once; a signal ends the wait with an Error. Throws Error when the file cannot be
    /// opened (not root, say).
    static std::optional<RunLock> take(const std::filesystem::path& file, bool wait);

    RunLock(RunLock&& other) noexcept;
    RunLock& operator=(RunLock&& other) noexcept;
    RunLock(const RunLock&) = delete;
    RunLock& operator=(const RunLock&) = delete;
    ~RunLock();

  private:
    explicit RunLock(int descriptor) : descriptor_(descriptor) {}
    int descriptor_;
};

/// Who holds the lock, for messages: "process 1234", or "another process".
std::string lock_holder(const std::filesystem::path& file);

}  // namespace dray::converge
