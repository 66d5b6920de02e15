// The resource type `postgresql_database`.
#pragma once

#include "recipe/schema.h"
#include "resources/postgresql.h"
#include "resources/resource.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace dray::resources {

/// A database of a PostgreSQL server. Source: CREATE DATABASE in PostgreSQL's manual.
class PostgresqlDatabase final : public Resource {
  public:
    static const recipe::Schema schema;
    /// Throws Error for values that no database can have, and for a removal without `force`.
    explicit PostgresqlDatabase(const recipe::Properties& properties);

    State inspect(const host::Host& host) const override;
    State wanted(const host::Host& host) const override;
    /// Throws Error when the encoding or the locale of an existing database would have to change.
    void apply(host::Host& host, const State& now, const Progress& progress) override;

  private:
    std::vector<std::string> extensions_there(const host::Host& host) const;
    void refuse_to_convert(const State& now) const;
    std::string create() const;
    std::string alter(const State& now) const;

    std::string name_;
    PostgresqlServer server_;
    bool present_;
    std::string owner_;
    std::string encoding_;
    std::string collate_;
    std::string ctype_;
    std::string template_;
    std::vector<std::string> extensions_;
    std::optional<std::int64_t> connection_limit_;
    std::optional<std::string> comment_;
};

}  // namespace dray::resources
