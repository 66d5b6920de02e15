// Folders that are made once and used by many runs: build environments, installed dependencies.
#pragma once

#include "builder/python.h"
#include "builder/settings.h"

#include <filesystem>
#include <functional>
#include <string>

namespace dray::builder {

/// A cache below a folder of the build host's. What is in it can be removed at any time.
class BuildCache {
  public:
    explicit BuildCache(std::filesystem::path folder) : folder_(std::move(folder)) {}

    /// Where the thing of that kind and key is or would be.
    std::filesystem::path path(const std::string& kind, const std::string& key) const;

    /// A copy of a cached tree at `to`, which must not be there or be empty; whether there was one.
    bool take(const std::string& kind, const std::string& key, const std::filesystem::path& to) const;

    /// Keeps a copy of a tree, and of its kind the newest `kept_trees`. That it cannot be kept is no error.
    void keep(const std::string& kind, const std::string& key, const std::filesystem::path& from) const;

    /// Removes all but the newest `kept_trees` of a kind.
    void tidy(const std::string& kind) const;

  private:
    std::filesystem::path folder_;
};

constexpr std::size_t kept_trees = 3;  // the lock of now, the one before, and a branch's

/// A key of everything that a set of requirements is installed from: `what` (the lock's content), the
/// interpreter, the wheelhouses with what is in them, and for an index today's date, since it may get newer
/// files every day.
std::string dependency_key(const Settings::Python& python, const Interpreter& interpreter,
                           const std::string& what, std::chrono::sys_seconds now);

}  // namespace dray::builder
