// The database of a migration's lock, and the lock's number.
#include "error.h"
#include "migration/database_uri.h"
#include "migration/migration_lock.h"

#include <doctest/doctest.h>

#include <map>
#include <string>

using dray::Error;
using dray::migration::connection_environment;
using Environment = std::map<std::string, std::string>;

TEST_CASE("what a URI says of a database is in libpq's environment variables") {
    CHECK(
        connection_environment("postgresql://web:a%40b%3A@db.internal:6432/ware%20house?sslmode=require\n") ==
        Environment{{"PGUSER", "web"},
                    {"PGPASSWORD", "a@b:"},
                    {"PGHOST", "db.internal"},
                    {"PGPORT", "6432"},
                    {"PGDATABASE", "ware house"},
                    {"PGSSLMODE", "require"}});
    CHECK(connection_environment("postgres://db/web") ==
          Environment{{"PGHOST", "db"}, {"PGPORT", "5432"}, {"PGDATABASE", "web"}});
    CHECK(connection_environment("postgresql+psycopg2://web@/web?host=/run/postgresql&connect_timeout=5") ==
          Environment{{"PGUSER", "web"},
                      {"PGDATABASE", "web"},
                      {"PGHOST", "/run/postgresql"},
                      {"PGCONNECT_TIMEOUT", "5"}});
    CHECK(connection_environment("postgresql://[::1]:6432,db2/web") ==
          Environment{{"PGHOST", "::1,db2"}, {"PGPORT", "6432,5432"}, {"PGDATABASE", "web"}});
    CHECK(connection_environment("postgresql://") == Environment{});
}

TEST_CASE("what is no URI of a database is refused, and its password is in no message") {
    for (const auto* uri : {"mysql://web:hush@db/web", "web:hush", "", "postgresql://web:hush%4@db/web",
                            "postgresql://web:hush%zz@db/web", "postgresql://web:hush%00@db/web",
                            "postgresql://web:hush@db/web?gssdelegation=hush"}) {
        CAPTURE(uri);
        try {
            connection_environment(uri);
            FAIL("it was taken");
        } catch (const Error& error) {
            CHECK(error.parts().attempt == "cannot read the URI of the database");
            CHECK(std::string(error.what()).find("hush") == std::string::npos);
        }
    }
}

TEST_CASE("a package's lock has the same number everywhere, and another package another") {
    CHECK(dray::migration::lock_number("warehouse") == dray::migration::lock_number("warehouse"));
    CHECK(dray::migration::lock_number("warehouse") != dray::migration::lock_number("web"));
}
