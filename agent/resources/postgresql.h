// A PostgreSQL server on this host, asked and changed through psql: what the types postgresql_* have in
// common.
#pragma once

#include "host/host.h"
#include "recipe/properties.h"
#include "recipe/schema.h"

#include <nlohmann/json_fwd.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace dray::resources {

/// A name as SQL has it: "a ""quoted"" name".
std::string sql_identifier(std::string_view name);

/// A text as SQL has it, whatever standard_conforming_strings says: E'it''s a \\'. Source: PostgreSQL's
/// manual, "Lexical Structure".
std::string sql_literal(std::string_view text);

/// Throws Error for a name that PostgreSQL would cut short: it keeps 63 bytes. `key` is where it stands.
void check_sql_name(const recipe::Properties& properties, std::string_view key, const std::string& name);

/// The keys port and cluster.
std::vector<recipe::Key> postgresql_keys();

/// One server, as the user postgres sees it through its Unix socket. SQL reaches psql by its standard input
/// alone: arguments are for everybody to see.
class PostgresqlServer {
  public:
    /// From the keys of `postgresql_keys`. Throws Error for both of them at once, and for values that are
    /// none.
    static PostgresqlServer from(const recipe::Properties& properties);

    /// What a SELECT of one JSON value answers in a database; null when it has no row. It changes nothing.
    /// Throws Error with `attempt` when there is no server, and for what it says.
    nlohmann::json ask(const host::Host& host, const std::string& database, const std::string& select,
                       std::string_view attempt) const;

    /// Whether what is sent is to stay out of the server's log and out of messages.
    enum class Discretion { none, secret };

    /// Has a database's server carry out statements, up to the first that fails. Throws Error likewise.
    void change(host::Host& host, const std::string& database, const std::string& statements,
                std::string_view attempt, Discretion discretion = Discretion::none) const;

    /// "the server at port 5432" or "cluster 15/main".
    std::string text() const;

  private:
    host::Command psql(const std::string& database, const std::string& sql) const;
    /// Calls psql. Throws Error that says which server was asked, with `hint` for all but a failed
    /// connection.
    host::Result run(const host::Processes& processes, host::Command command, std::string_view attempt,
                     std::string_view hint) const;

    std::string port_;
    std::string cluster_;
};

}  // namespace dray::resources
