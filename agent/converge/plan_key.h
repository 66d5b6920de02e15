// The host's secret by which plans tell values from each other without naming them.
#pragma once

#include "host/file.h"

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace dray::converge {

/// Random bytes that root alone can read, and the host's machine-id(5). The same value has the same hash
/// under one key, and nobody without the key can tell which value it is, however few there are to try.
class PlanKey {
  public:
    /// The key of this host; nothing when it has none yet. Changes nothing. Throws Error when it cannot be
    /// read.
    static std::optional<PlanKey> read(const host::Files& files, const std::filesystem::path& state_folder);
    /// Likewise; one is made when there is none, or when it is damaged.
    static PlanKey read_or_make(host::Files& files, const std::filesystem::path& state_folder);

    explicit PlanKey(std::string bytes) : bytes_(std::move(bytes)) {}

    /// 64 hexadecimal digits.
    std::string hash(std::string_view value) const;
    /// A name for the key that tells nothing about it; the same on one host only.
    std::string name() const;

  private:
    std::string bytes_;
};

}  // namespace dray::converge
