// The resource type `postgresql_role`.
#include "resources/postgresql_role.h"

#include "host/random_bytes.h"
#include "resources/scram_verifier.h"

#include <nlohmann/json.hpp>
#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <set>

namespace dray::resources {
namespace {

using recipe::Kind;

constexpr auto administrator = "postgres";  // whom psql runs as
constexpr auto catalogue = "postgres";      // the database that is there to be connected to
constexpr std::size_t salt_size = 16;       // bytes: what PostgreSQL takes itself
constexpr auto password_entry = "password";
constexpr auto password_given = "as given";

/// A key that is true or false, and what it is in SQL and in pg_authid.
struct Flag {
    const char* key;
    const char* sql;
    const char* column;
    bool fallback;
    const char* doc;
};

constexpr Flag flags[] = {
    {"login", "LOGIN", "rolcanlogin", true, "Whether it may log in; false for a group."},
    {"superuser", "SUPERUSER", "rolsuper", false, "Whether nothing is forbidden to it."},
    {"createdb", "CREATEDB", "rolcreatedb", false, "Whether it may create databases."},
    {"createrole", "CREATEROLE", "rolcreaterole", false, "Whether it may create roles."},
    {"replication", "REPLICATION", "rolreplication", false,
     "Whether it may copy the whole server, as a replica does."},
    {"inherit", "INHERIT", "rolinherit", true,
     "Whether it has the rights of the roles that it is member of."},
};

Error bad_role(const recipe::Properties& properties, std::string_view key, std::string cause,
               std::string hint) {
    return Error(fmt::format("bad value for '{}' of postgresql_role[{}]", key, properties.name()),
                 std::move(cause), std::move(hint));
}

std::optional<int> number_in(std::string_view text) {
    int value = 0;
    const auto* const end = text.data() + text.size();
    const auto read = std::from_chars(text.data(), end, value);
    if (read.ec != std::errc() || read.ptr != end || text.front() == '-') return std::nullopt;
    return value;
}

/// Whether the text is "2027-01-31 23:59:59", and such a day and time exist.
bool is_time(std::string_view text) {
    constexpr std::string_view shape = "0000-00-00 00:00:00";
    if (text.size() != shape.size()) return false;
    for (std::size_t i = 0; i < shape.size(); ++i)
        if (shape[i] == '0' ? text[i] < '0' || text[i] > '9' : text[i] != shape[i]) return false;
    const auto part = [text](std::size_t begin, std::size_t size) {
        return *number_in(text.substr(begin, size));
    };
    const auto day = std::chrono::year(part(0, 4)) / std::chrono::month(static_cast<unsigned>(part(5, 2))) /
                     std::chrono::day(static_cast<unsigned>(part(8, 2)));
    return day.ok() && part(0, 4) > 0 && part(11, 2) < 24 && part(14, 2) < 60 && part(17, 2) < 60;
}

std::string checked_end(const recipe::Properties& properties) {
    auto text = properties.text_or_empty("valid_until");
    if (!properties.has("valid_until") || text == "never") return text;
    auto full = text.size() == std::string_view("2027-01-31").size() ? text + " 00:00:00" : text;
    if (!is_time(full))
        throw bad_role(properties, "valid_until", "'" + text + "' is no time",
                       "write \"2027-01-31\" or \"2027-01-31 18:00:00\", in UTC, or \"never\"");
    return full;
}

std::vector<std::string> checked_groups(const recipe::Properties& properties) {
    auto names = properties.texts("member_of");
    for (const auto& name : names)
        check_sql_name(properties, "member_of", name);
    std::ranges::sort(names);
    if (std::ranges::adjacent_find(names) != names.end())
        throw bad_role(properties, "member_of", "a role stands in it twice", "remove one of them");
    return names;
}

std::optional<std::string> checked_password(const recipe::Properties& properties) {
    if (!properties.has("password")) return std::nullopt;
    if (!properties.secret("password"))
        throw bad_role(properties, "password", "it stands in the recipe, where many can read it",
                       "write { secret = \"file:/etc/dray/secrets/NAME\" }, and the password into that file");
    if (auto fault = password_fault(properties.text("password")); !fault.empty())
        throw bad_role(properties, "password", std::move(fault),
                       "take a password of letters, digits and signs of ASCII");
    return properties.text("password");
}

std::string role_list(const std::vector<std::string>& words) {
    std::string text;
    for (const auto& word : words)
        text += (text.empty() ? "" : ", ") + word;
    return text;
}

std::string yes_or_no(bool truth) {
    return truth ? "yes" : "no";
}

std::string limit_text(std::int64_t limit) {
    return limit == -1 ? "none" : std::to_string(limit);
}

}  // namespace

const recipe::Schema PostgresqlRole::schema{
    .type = "postgresql_role",
    .group = recipe::Group::databases,
    .summary = "A role of a PostgreSQL server on this host: a user, or a group of such.",
    .source = "CREATE ROLE, ALTER ROLE and pg_authid in PostgreSQL's manual, RFC 5802, RFC 7677",
    .name_doc = "its name",
    .name_kind = Kind::text,
    .keys =
        [] {
            std::vector<recipe::Key> keys;
            for (const auto& flag : flags)
                keys.push_back(
                    {.name = flag.key, .kind = Kind::boolean, .doc = flag.doc, .fallback = flag.fallback});
            const std::vector<recipe::Key> more = {
                {.name = "password",
                 .kind = Kind::text,
                 .doc = "Its password, which has to be a secret by reference. Left alone when not given. The "
                        "server gets a SCRAM-SHA-256 verifier in its place, and it is changed when the one "
                        "that the server has is of another password.",
                 .secret = true},
                {.name = "valid_until",
                 .kind = Kind::text,
                 .doc = "From when on the password lets nobody in, as \"2027-01-31\" or "
                        "\"2027-01-31 18:00:00\" in UTC, or \"never\". Left alone when not given."},
                {.name = "connection_limit",
                 .kind = Kind::integer,
                 .doc = "How many connections it may have at once; -1 for no limit. Left alone when not "
                        "given."},
                {.name = "member_of",
                 .kind = Kind::texts,
                 .doc = "Roles that it has to be a member of; others stay as they are."},
                {.name = "state",
                 .kind = Kind::text,
                 .doc = "Whether it is to be there at all. A role that owns something cannot go.",
                 .fallback = "present",
                 .choices = {"present", "absent"}}};
            keys.insert(keys.end(), more.begin(), more.end());
            const auto where = postgresql_keys();
            keys.insert(keys.end(), where.begin(), where.end());
            return keys;
        }(),
    .example = R"([[resource]]
type = "postgresql_role"
name = "warehouse"
password = { secret = "file:/etc/dray/secrets/postgresql-warehouse" }
connection_limit = 40
)"};

PostgresqlRole::PostgresqlRole(const recipe::Properties& properties)
    : name_(properties.name()),
      server_(PostgresqlServer::from(properties)),
      present_(properties.text("state") == "present"),
      valid_until_(checked_end(properties)),
      member_of_(checked_groups(properties)),
      password_(checked_password(properties)) {
    check_sql_name(properties, "name", name_);
    for (const auto& flag : flags)
        flags_.emplace_back(flag.key, properties.truth(flag.key));
    if (properties.has("connection_limit")) connection_limit_ = properties.integer("connection_limit");
    if (connection_limit_ && (*connection_limit_ < -1 || *connection_limit_ > INT32_MAX))
        throw bad_role(properties, "connection_limit",
                       fmt::format("{} is no number of connections", *connection_limit_),
                       "write a number, or -1 for no limit");
    const bool weakened = !properties.truth("login") || !properties.truth("superuser");
    if (name_ == administrator && (weakened || !present_))
        throw bad_role(properties, present_ ? "superuser" : "state",
                       "dray itself is that role when it asks the server",
                       present_ ? "write superuser = true" : "leave it there");
}

State PostgresqlRole::inspect(const host::Host& host) const {
    std::string columns;
    for (const auto& flag : flags)
        columns += fmt::format("'{}', {}, ", flag.key, flag.column);
    const auto found = server_.ask(
        host, catalogue,
        fmt::format(
            "SELECT json_build_object({}'connection_limit', rolconnlimit, 'valid_until', CASE WHEN "
            "rolvaliduntil IS NULL OR rolvaliduntil = 'infinity' THEN 'never' ELSE to_char(rolvaliduntil AT "
            "TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS') END, 'password', {}, 'member_of', (SELECT "
            "coalesce(json_agg(DISTINCT g.rolname), '[]') FROM pg_auth_members m JOIN pg_authid g ON g.oid = "
            "m.roleid WHERE m.member = r.oid)) FROM pg_authid r WHERE rolname = {}",
            columns, password_ ? "rolpassword" : "NULL", sql_literal(name_)),
        "cannot look at role " + name_);
    if (found.is_null()) return {{"state", "absent"}};
    State state{{"state", "present"}};
    for (const auto& flag : flags)
        state.set(flag.key, yes_or_no(found.at(flag.key).get<bool>()));
    state.set("connection_limit", limit_text(found.at("connection_limit").get<std::int64_t>()));
    if (found.at("valid_until").is_string())
        state.set("valid_until", found.at("valid_until").get<std::string>());
    // Only the wanted ones count: others are somebody else's business.
    const auto groups = found.at("member_of").get<std::set<std::string>>();
    std::vector<std::string> kept;
    for (const auto& group : member_of_)
        if (groups.contains(group)) kept.push_back(group);
    if (!kept.empty()) state.set("member_of", role_list(kept));
    const auto& stored = found.at("password");
    if (password_ && stored.is_string())
        state.set(password_entry,
                  verifies(stored.get_ref<const std::string&>(), *password_) ? password_given : "another",
                  Display::secret);
    return state;
}

State PostgresqlRole::wanted(const host::Host&) const {
    if (!present_) return {{"state", "absent"}};
    State state{{"state", "present"}};
    for (const auto& [key, truth] : flags_)
        state.set(key, yes_or_no(truth));
    if (connection_limit_) state.set("connection_limit", limit_text(*connection_limit_));
    if (!valid_until_.empty()) state.set("valid_until", valid_until_);
    if (!member_of_.empty()) state.set("member_of", role_list(member_of_));
    if (password_) state.set(password_entry, password_given, Display::secret);
    return state;
}

std::string PostgresqlRole::options(const std::optional<std::string>& verifier) const {
    std::string sql;
    for (std::size_t i = 0; i < flags_.size(); ++i)
        sql += std::string(" ") + (flags_[i].second ? "" : "NO") + flags[i].sql;
    if (connection_limit_) sql += fmt::format(" CONNECTION LIMIT {}", *connection_limit_);
    if (!valid_until_.empty())
        sql += " VALID UNTIL " + sql_literal(valid_until_ == "never" ? "infinity" : valid_until_ + " UTC");
    if (verifier) sql += " PASSWORD " + sql_literal(*verifier);
    return sql;
}

/// A verifier with as many rounds as the server would take: PostgreSQL 16 and later has a setting for that.
std::string PostgresqlRole::new_verifier(const host::Host& host) const {
    const auto setting = server_.ask(
        host, catalogue, "SELECT json_build_object('rounds', current_setting('scram_iterations', true))",
        "cannot make a password for role " + name_);
    std::optional<int> rounds;
    if (setting.is_object() && setting.at("rounds").is_string())
        rounds = number_in(setting.at("rounds").get_ref<const std::string&>());
    return scram_verifier(*password_, host::random_bytes(salt_size),
                          rounds && *rounds > 0
                              ? std::min(static_cast<unsigned>(*rounds), most_scram_iterations)
                              : scram_iterations);
}

void PostgresqlRole::apply(host::Host& host, const State& now, const Progress&) {
    const bool is_there = now.value("state") == "present";
    const auto role = sql_identifier(name_);
    if (!present_) {
        server_.change(host, catalogue, "DROP ROLE " + role + ";\n", "cannot remove role " + name_);
        return;
    }
    const bool new_password = password_ && now.value(password_entry) != password_given;
    std::optional<std::string> verifier;
    if (new_password) verifier = new_verifier(host);
    std::string sql =
        fmt::format("BEGIN;\n{} ROLE {} WITH{};\n", is_there ? "ALTER" : "CREATE", role, options(verifier));
    if (now.value("member_of") != role_list(member_of_))
        for (const auto& group : member_of_)
            sql += fmt::format("GRANT {} TO {};\n", sql_identifier(group), role);
    server_.change(host, catalogue, sql + "COMMIT;\n",
                   fmt::format("cannot {} role {}", is_there ? "change" : "create", name_),
                   new_password ? PostgresqlServer::Discretion::secret : PostgresqlServer::Discretion::none);
}

}  // namespace dray::resources
