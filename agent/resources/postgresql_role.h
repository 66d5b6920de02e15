// The resource type `postgresql_role`.
#pragma once

#include "recipe/schema.h"
#include "resources/postgresql.h"
#include "resources/resource.h"

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace dray::resources {

/// A role of a PostgreSQL server: a user, or a group of such. Source: CREATE ROLE in PostgreSQL's manual.
class PostgresqlRole final : public Resource {
  public:
    static const recipe::Schema schema;
    /// Throws Error for values that no role can have, and for a password that stands in the recipe itself.
    explicit PostgresqlRole(const recipe::Properties& properties);

    State inspect(const host::Host& host) const override;
    State wanted(const host::Host& host) const override;
    void apply(host::Host& host, const State& now, const Progress& progress) override;

  private:
    std::string options(const std::optional<std::string>& verifier) const;
    std::string new_verifier(const host::Host& host) const;

    std::string name_;
    PostgresqlServer server_;
    bool present_;
    std::vector<std::pair<std::string, bool>> flags_;  ///< by the names of their keys
    std::optional<std::int64_t> connection_limit_;
    std::string valid_until_;  ///< "2027-01-31 00:00:00" in UTC or "never"; "" when it is nobody's wish
    std::vector<std::string> member_of_;
    std::optional<std::string> password_;
};

}  // namespace dray::resources
