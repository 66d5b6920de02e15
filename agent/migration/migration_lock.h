// A PostgreSQL advisory lock, which one host at a time has.
#pragma once

#include "host/descriptor.h"

#include <sys/types.h>

#include <cstdint>
#include <cstdio>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>

namespace dray::migration {

/// What cannot be done when there is no lock; the deploy knows by these words that the release is not at fault.
constexpr auto lock_attempt = "cannot take the lock of the migration";

/// The number of the lock for a package's migrations, the same on all hosts.
std::int64_t lock_number(std::string_view package);

/// A session of psql(1) that holds an advisory lock from its construction to its destruction: it ends with
/// this process, however that ends, and the server then takes the lock back. Source: PostgreSQL, "Explicit
/// Locking", "Advisory Locks".
class MigrationLock {
  public:
    /// Waits until nobody else has it, and tells so by `waits` with who has it. `environment` is how psql
    /// connects. Throws Error when there is no psql, or it cannot connect; what psql says goes to standard
    /// error.
    MigrationLock(std::int64_t number, const std::map<std::string, std::string>& environment,
                  const std::function<void(const std::string& holder)>& waits);
    ~MigrationLock();
    MigrationLock(const MigrationLock&) = delete;
    MigrationLock& operator=(const MigrationLock&) = delete;

    /// Whether the session still answers.
    bool is_held();

  private:
    struct Close {
        void operator()(std::FILE* file) const { std::fclose(file); }
    };

    /// What psql answers to one line, without its newline. Throws Error when it has ended.
    std::string ask(const std::string& line);

    pid_t pid_ = -1;
    std::unique_ptr<std::FILE, Close> input_;
    std::unique_ptr<std::FILE, Close> output_;
};

}  // namespace dray::migration
