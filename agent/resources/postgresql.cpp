// A PostgreSQL server on this host, asked and changed through psql.
#include "resources/postgresql.h"

#include "host/interrupt.h"

#include <nlohmann/json.hpp>
#include <spdlog/fmt/fmt.h>

#include <algorithm>

namespace dray::resources {
namespace {

using recipe::Kind;

constexpr std::int64_t default_port = 5432;
constexpr std::int64_t largest_port = 65535;
constexpr std::size_t longest_name = 63;                  // bytes: NAMEDATALEN - 1
constexpr auto question_time = std::chrono::seconds(30);  // a catalogue's row is there at once, or never
// A large template is copied file by file.
constexpr auto change_time = std::chrono::minutes(30);

constexpr int connection_failed = 2;  // psql(1), "Exit Status"
constexpr auto no_server_hint =
    "see that the server is installed and runs: a package and a service resource of it belong above this one";

constexpr std::string_view digits = "0123456789";

bool is_cluster(std::string_view text) {
    const auto slash = text.find('/');
    if (slash == text.npos || slash == 0 || slash + 1 == text.size()) return false;
    const auto version = text.substr(0, slash);
    return version.find_first_not_of("0123456789.") == text.npos &&
           digits.find(version.front()) != digits.npos &&
           text.substr(slash + 1).find_first_of("/: \t\n'\"\\") == text.npos;
}

}  // namespace

std::string sql_identifier(std::string_view name) {
    std::string out = "\"";
    for (const char c : name)
        out += c == '"' ? std::string("\"\"") : std::string(1, c);
    return out + "\"";
}

std::string sql_literal(std::string_view text) {
    std::string out = "E'";
    for (const char c : text) {
        if (c == '\'' || c == '\\') out += c;
        out += c;
    }
    return out + "'";
}

void check_sql_name(const recipe::Properties& properties, std::string_view key, const std::string& name) {
    if (name.size() <= longest_name && !name.empty()) return;
    throw Error(fmt::format("bad value for '{}' of {}[{}]", key, properties.type(), properties.name()),
                name.empty() ? "it is empty"
                             : fmt::format("'{}' has {} bytes, and PostgreSQL keeps {}", name, name.size(),
                                           longest_name),
                name.empty() ? "write a name" : "write a shorter name");
}

std::vector<recipe::Key> postgresql_keys() {
    return {{.name = "port",
             .kind = Kind::integer,
             .doc = "The port of the server on this host; 5432 when neither this nor `cluster` is given."},
            {.name = "cluster",
             .kind = Kind::text,
             .doc = "The server as pg_lsclusters(1) has it, such as \"15/main\", in place of its port."}};
}

PostgresqlServer PostgresqlServer::from(const recipe::Properties& properties) {
    const auto bad = [&properties](std::string_view key, std::string cause, std::string hint) {
        return Error(fmt::format("bad value for '{}' of {}[{}]", key, properties.type(), properties.name()),
                     std::move(cause), std::move(hint));
    };
    PostgresqlServer server;
    server.cluster_ = properties.text_or_empty("cluster");
    if (properties.has("port") && properties.has("cluster"))
        throw bad("cluster", "'port' says which server as well", "leave out one of the two");
    if (properties.has("cluster") && !is_cluster(server.cluster_))
        throw bad("cluster", "'" + server.cluster_ + "' is no cluster", "write it like \"15/main\"");
    const auto port = properties.has("port") ? properties.integer("port") : default_port;
    if (port < 1 || port > largest_port)
        throw bad("port", fmt::format("{} is no port", port), fmt::format("write 1 to {}", largest_port));
    server.port_ = std::to_string(port);
    return server;
}

std::string PostgresqlServer::text() const {
    return cluster_.empty() ? "the PostgreSQL server at port " + port_ : "the PostgreSQL cluster " + cluster_;
}

host::Command PostgresqlServer::psql(const std::string& database, const std::string& sql) const {
    host::Command command;
    // No psqlrc, the bare values, no word beside them, no question for a password.
    command.argv = {"psql", "-XAtqw", "-v", "ON_ERROR_STOP=1"};
    if (cluster_.empty())
        command.argv.push_back("--port=" + port_);
    else
        command.argv.insert(command.argv.end(), {"--cluster", cluster_});  // pg_wrapper(1)
    command.user = "postgres";
    command.environment = {{"PGDATABASE", database},  // an argument could be taken for a connection string
                           {"PGCLIENTENCODING", "UTF8"},
                           {"PGAPPNAME", "dray"},
                           {"PGCONNECT_TIMEOUT", "10"}};
    command.input = sql;
    return command;
}

host::Result PostgresqlServer::run(const host::Processes& processes, host::Command command,
                                   std::string_view attempt, std::string_view hint) const {
    command.success = {0, connection_failed};
    host::Result result;
    try {
        result = processes.check(command, attempt);
    } catch (const Error& error) {
        host::throw_if_interrupted();
        auto parts = error.parts();
        parts.cause = "asking " + text() + ": " + parts.cause;
        parts.hint = hint;
        throw Error(std::move(parts));
    }
    if (result.exit_code != connection_failed) return result;
    const auto words = result.errors.substr(0, result.errors.find_last_not_of(" \n") + 1);
    throw Error(std::string(attempt), "asking " + text() + ": " + words, no_server_hint);
}

nlohmann::json PostgresqlServer::ask(const host::Host& host, const std::string& database,
                                     const std::string& select, std::string_view attempt) const {
    auto command = psql(database, select + ";\n");
    command.timeout = question_time;
    // Nobody's functions but the system's own are called by what a superuser asks (CVE-2018-1058).
    command.environment["PGOPTIONS"] = "-c search_path=pg_catalog";
    const auto result = run(host.queries(), std::move(command), attempt, no_server_hint);
    if (result.output.find_first_not_of(" \n") == std::string::npos) return nullptr;
    auto answer = nlohmann::json::parse(result.output, nullptr, false);
    if (answer.is_discarded()) throw Error(std::string(attempt), text() + " did not answer in JSON");
    return answer;
}

void PostgresqlServer::change(host::Host& host, const std::string& database, const std::string& statements,
                              std::string_view attempt, Discretion discretion) const {
    auto command = psql(database, statements);
    command.timeout = change_time;
    if (discretion == Discretion::secret) {
        command.environment["PGOPTIONS"] =
            "-c log_statement=none -c log_min_duration_statement=-1 -c log_min_error_statement=panic "
            "-c track_activities=off";
        command.argv.insert(command.argv.end(), {"-v", "VERBOSITY=terse"});  // without the statement's text
    }
    run(host.processes(), std::move(command), attempt, "");
}

}  // namespace dray::resources
