// Where a database is, as libpq's own programs are told without a word of it on their command lines.
#pragma once

#include <map>
#include <string>
#include <string_view>

namespace dray::migration {

/// The environment variables that have psql(1) connect to `uri`:
/// "postgresql://user:password@host:port/name?sslmode=require", "postgres://…" likewise, also
/// "postgresql+psycopg2://…", as SQLAlchemy writes them. Source: libpq, "Connection URIs" and "Environment
/// Variables". Throws Error, which has nothing of the URI's password in it, for what is no such URI and for a
/// parameter that libpq has no variable for.
std::map<std::string, std::string> connection_environment(std::string_view uri);

}  // namespace dray::migration
