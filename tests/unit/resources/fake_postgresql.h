// A PostgreSQL server that understands what dray says to psql, and nothing else.
#pragma once

#include "host/process.h"

#include <map>
#include <set>
#include <string>
#include <vector>

namespace dray::test {

/// Plays psql to the one server behind port 5432 and cluster 15/main.
class FakePostgresql {
  public:
    struct Role {
        std::set<std::string> flags = {"INHERIT"};
        int connection_limit = -1;
        std::string valid_until = {};  ///< as SQL has it; "" for never
        std::string verifier = {};
        std::set<std::string> member_of = {};
    };
    struct Database {
        std::string owner = "postgres";
        std::string encoding = "UTF8";
        std::string collate = "C.UTF-8";
        std::string ctype = "C.UTF-8";
        int connection_limit = -1;
        std::string comment = {};
        std::set<std::string> extensions = {"plpgsql"};
    };

    std::map<std::string, Role> roles = {{"postgres", {}}};
    std::map<std::string, Database> databases = {{"postgres", {}}, {"template1", {}}};
    bool runs = true;
    int changes = 0;

    /// What psql says to the command. What it is told besides is a failed check of the test.
    host::Result answer(const host::Command& command);

  private:
    std::string select(const std::string& sql, const std::string& database) const;
    void carry_out(const std::string& statement, const std::string& database);
    void set_options(Role& role, const std::string& options);
};

}  // namespace dray::test
