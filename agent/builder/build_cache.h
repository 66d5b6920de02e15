// Folders that are made once and used by many runs: build environments, installed dependencies.
#pragma once

#include "builder/kept_files.h"
#include "builder/python.h"
#include "builder/settings.h"

#include <filesystem>
#include <functional>
#include <string>

namespace dray::builder {

/// A cache below a folder of the build host's. What is in it can be removed at any time.
class BuildCache {
  public:
    /// `folder` is made when something is kept in it.
    explicit BuildCache(std::filesystem::path folder) : folder_(std::move(folder)) {}

    /// Where the thing of that kind and key is or would be.
    std::filesystem::path path(const std::string& kind, const std::string& key) const;

    /// Whether it is there.
    bool has(const std::string& kind, const std::string& key) const;

    /// A copy of a cached tree at `to`, which must not be there or be empty; whether there was one.
    bool take(const std::string& kind, const std::string& key, const std::filesystem::path& to) const;

    /// Keeps a copy of a tree, and of its kind the newest `kept_trees`. That it cannot be kept is no error.
    void keep(const std::string& kind, const std::string& key, const std::filesystem::path& from) const;

    /// The files of what locks name.
    KeptFiles files() const { return KeptFiles(folder_ / "files"); }

    /// Removes all but the newest `kept_trees` of a kind.
    void tidy(const std::string& kind) const;

  private:
    std::filesystem::path folder_;
};

constexpr std::size_t kept_trees = 3;  // the lock of now, the one before, and a branch's

/// A key of everything that a set of requirements is installed from: `what`, the interpreter, the wheelhouses
/// with all that is in them, and for an index today's date, since it may get newer files every day.
std::string dependency_key(const Settings::Python& python, const Interpreter& interpreter,
                           const std::string& what, std::chrono::sys_seconds now);

/// The same for a lock with hashes, `lock` being all of it (whole_lock()): of the wheelhouses the files of
/// what it names count alone, and no date does, as nothing but what its hashes are of is ever installed.
std::string locked_key(const Settings::Python& python, const Interpreter& interpreter,
                       const std::string& what, const std::string& lock);

}  // namespace dray::builder
