// A PostgreSQL server that understands what dray says to psql.
#include "fake_postgresql.h"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <regex>
#include <sstream>

namespace dray::test {
namespace {

const std::string identifier = "\"((?:[^\"]|\"\")*)\"";
const std::string literal = "E'((?:[^'\\\\]|''|\\\\\\\\)*)'";

/// What stands between the quotes, without their doubling.
std::string plain(const std::string& quoted) {
    std::string out;
    for (std::size_t i = 0; i < quoted.size(); ++i) {
        out += quoted[i];
        const bool doubled = std::string_view("\"'\\").find(quoted[i]) != std::string_view::npos;
        if (doubled && i + 1 < quoted.size() && quoted[i + 1] == quoted[i]) ++i;
    }
    return out;
}

/// The parts of a text that has the shape of `pattern` as a whole; empty when it has not.
std::vector<std::string> parts(const std::string& text, const std::string& pattern) {
    std::smatch match;
    if (!std::regex_match(text, match, std::regex(pattern))) return {};
    std::vector<std::string> found;
    for (const auto& part : match)
        found.push_back(plain(part.str()));
    return found;
}

std::string found_in(const std::string& text, const std::string& pattern) {
    std::smatch match;
    return std::regex_search(text, match, std::regex(pattern)) ? plain(match[1].str()) : std::string();
}

}  // namespace

host::Result FakePostgresql::answer(const host::Command& command) {
    const std::vector<std::string> first(command.argv.begin(), command.argv.begin() + 4);
    CHECK(first == std::vector<std::string>{"psql", "-XAtqw", "-v", "ON_ERROR_STOP=1"});
    CHECK(command.user == "postgres");
    const bool this_one = command.argv.at(4) == "--port=5432" ||
                          (command.argv.at(4) == "--cluster" && command.argv.at(5) == "15/main");
    if (!runs || !this_one)
        return {.exit_code = 2, .errors = "psql: error: connection to server on socket failed\n"};
    const auto& database = command.environment.at("PGDATABASE");
    if (!databases.contains(database))
        return {.exit_code = 2, .errors = "database \"" + database + "\" does not exist\n"};
    if (command.input.starts_with("SELECT")) return {.output = select(command.input, database)};
    std::istringstream statements(command.input);
    for (std::string line; std::getline(statements, line);)
        carry_out(line, database);
    ++changes;
    return {};
}

std::string FakePostgresql::select(const std::string& sql, const std::string& database) const {
    if (sql.find("scram_iterations") != std::string::npos) return "{\"rounds\": null}\n";
    if (sql.find("FROM pg_extension") != std::string::npos)
        return nlohmann::json(databases.at(database).extensions).dump() + "\n";
    if (sql.find("FROM pg_authid") != std::string::npos) {
        const auto found = roles.find(found_in(sql, "WHERE rolname = " + literal));
        if (found == roles.end()) return "";
        const auto& role = found->second;
        nlohmann::json json = {{"connection_limit", role.connection_limit},
                               {"member_of", role.member_of},
                               {"password", nullptr},
                               {"valid_until", "never"}};
        if (!role.valid_until.empty() && role.valid_until != "infinity")
            json["valid_until"] = role.valid_until.substr(0, role.valid_until.find(" UTC"));
        if (!role.verifier.empty() && sql.find("'password', rolpassword") != std::string::npos)
            json["password"] = role.verifier;
        for (const std::string flag :
             {"login", "superuser", "createdb", "createrole", "replication", "inherit"}) {
            std::string upper;
            for (const char c : flag)
                upper += static_cast<char>(c - 'a' + 'A');
            json[flag] = role.flags.contains(upper);
        }
        return json.dump() + "\n";
    }
    const auto found = databases.find(found_in(sql, "datname = " + literal));
    if (found == databases.end()) return "";
    const auto& one = found->second;
    const auto wanted = found_in(sql, "pg_char_to_encoding\\(" + literal);
    const nlohmann::json json = {
        {"owner", one.owner},
        {"encoding", one.encoding},
        {"same_encoding", one.encoding == wanted || (one.encoding == "UTF8" && wanted == "utf-8")},
        {"lc_collate", one.collate},
        {"lc_ctype", one.ctype},
        {"connection_limit", one.connection_limit},
        {"comment", one.comment}};
    return json.dump() + "\n";
}

void FakePostgresql::set_options(Role& role, const std::string& options) {
    std::istringstream words(std::regex_replace(options, std::regex(literal), ""));
    for (std::string word; words >> word;) {
        if (word.starts_with("NO"))
            role.flags.erase(word.substr(2));
        else
            role.flags.insert(word);
    }
    if (const auto limit = found_in(options, "CONNECTION LIMIT (-?[0-9]+)"); !limit.empty())
        role.connection_limit = std::stoi(limit);
    if (const auto until = found_in(options, "VALID UNTIL " + literal); !until.empty())
        role.valid_until = until;
    if (const auto verifier = found_in(options, "PASSWORD " + literal); !verifier.empty())
        role.verifier = verifier;
}

void FakePostgresql::carry_out(const std::string& statement, const std::string& database) {
    if (statement == "BEGIN;" || statement == "COMMIT;") return;
    if (const auto role = parts(statement, "(?:CREATE|ALTER) ROLE " + identifier + " WITH( .*);");
        !role.empty()) {
        CHECK(roles.contains(role[1]) == statement.starts_with("ALTER"));
        std::smatch match;
        std::regex_match(statement, match, std::regex(".* WITH( .*);"));
        set_options(roles[role[1]], match[1].str());
    } else if (const auto grant = parts(statement, "GRANT " + identifier + " TO " + identifier + ";");
               !grant.empty()) {
        roles.at(grant[2]).member_of.insert(grant[1]);
    } else if (const auto gone = parts(statement, "DROP ROLE " + identifier + ";"); !gone.empty()) {
        CHECK(roles.erase(gone[1]) == 1);
    } else if (const auto made = parts(statement, "CREATE DATABASE " + identifier + ".*;"); !made.empty()) {
        CHECK(!databases.contains(made[1]));
        auto& one = databases[made[1]];
        const auto take = [&statement](const std::string& pattern, std::string& into) {
            if (const auto found = found_in(statement, pattern); !found.empty()) into = found;
        };
        take("OWNER " + identifier, one.owner);
        take("ENCODING " + literal, one.encoding);
        take("LC_COLLATE " + literal, one.collate);
        take("LC_CTYPE " + literal, one.ctype);
        if (const auto limit = found_in(statement, "CONNECTION LIMIT (-?[0-9]+)"); !limit.empty())
            one.connection_limit = std::stoi(limit);
    } else if (const auto owned =
                   parts(statement, "ALTER DATABASE " + identifier + " OWNER TO " + identifier + ";");
               !owned.empty()) {
        databases.at(owned[1]).owner = owned[2];
    } else if (const auto limited =
                   parts(statement, "ALTER DATABASE " + identifier + " CONNECTION LIMIT (-?[0-9]+);");
               !limited.empty()) {
        databases.at(limited[1]).connection_limit = std::stoi(limited[2]);
    } else if (const auto said =
                   parts(statement, "COMMENT ON DATABASE " + identifier + " IS " + literal + ";");
               !said.empty()) {
        databases.at(said[1]).comment = said[2];
    } else if (const auto more =
                   parts(statement, "CREATE EXTENSION IF NOT EXISTS " + identifier + " CASCADE;");
               !more.empty()) {
        databases.at(database).extensions.insert(more[1]);
    } else if (const auto dropped = parts(statement, "DROP DATABASE " + identifier + ";"); !dropped.empty()) {
        CHECK(databases.erase(dropped[1]) == 1);
    } else {
        FAIL_CHECK("PostgreSQL was told: " << statement);
    }
}

}  // namespace dray::test
