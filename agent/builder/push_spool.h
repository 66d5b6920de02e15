// Where a post-receive hook puts what git tells it, before anything else is done: in the repository itself,
// so that whoever may push may write it down, and the builder takes it from there.
#pragma once

#include "builder/post_receive.h"
#include "host/descriptor.h"

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace dray::builder {

/// Pushes below "dray-build/pushes" of a bare repository on this machine, a file each, oldest first. The
/// folder belongs to whom the repository belongs to, with the modes of its "objects". The builder, which is
/// root, follows no link in it: who may push is not trusted with more than that.
class PushSpool {
  public:
    explicit PushSpool(std::filesystem::path repository) : repository_(std::move(repository)) {}

    /// Whether the repository is a folder on this machine that can have one.
    bool possible() const;

    /// Makes the folder when it is missing. Throws Error.
    void prepare() const;

    /// Keeps the lines of one push (githooks(5), post-receive) until they are taken. Throws Error when they
    /// cannot be kept, and for lines that git did not write.
    void add(std::string_view lines) const;

    /// Hands the waiting pushes to `take`, oldest first, and removes each after that. What is no push (too
    /// long, no regular file, other lines) is removed with a word to `say`. An exception of `take` leaves the
    /// push and ends it.
    void drain(const std::function<void(const std::vector<RefUpdate>&)>& take,
               const std::function<void(const std::string&)>& say) const;

    /// How many wait.
    std::size_t size() const;

  private:
    host::Descriptor open() const;

    std::filesystem::path repository_;
};

}  // namespace dray::builder
