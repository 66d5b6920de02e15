// The resource type `postgresql_database`.
#include "resources/postgresql_database.h"

#include <nlohmann/json.hpp>
#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <array>
#include <set>

namespace dray::resources {
namespace {

using recipe::Kind;

constexpr auto maintenance_database = "postgres";  // the database that is there to be connected to
// The server's own: without them it cannot be used, or makes no others.
constexpr std::array<std::string_view, 3> vital = {"postgres", "template0", "template1"};

Error bad_database(const recipe::Properties& properties, std::string_view key, std::string cause,
                   std::string hint) {
    return Error(fmt::format("bad value for '{}' of postgresql_database[{}]", key, properties.name()),
                 std::move(cause), std::move(hint));
}

/// The locale of one category: its own key's, or that of both.
std::string locale_of(const recipe::Properties& properties, const std::string& key) {
    if (!properties.has(key)) return properties.text_or_empty("locale");
    if (properties.has("locale"))
        throw bad_database(properties, key, "'locale' says it as well", "leave out one of the two");
    return properties.text(key);
}

/// A locale's name as the C library compares it: "de_DE.UTF-8" is "de_DE.utf8". Source: setlocale(3) of
/// glibc.
std::string plain_locale(std::string_view name) {
    const auto dot = name.find('.');
    std::string out(name.substr(0, dot));
    for (const char c : dot != name.npos ? name.substr(dot) : std::string_view())
        if (c != '-') out += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    return out;
}

std::string extension_list(const std::vector<std::string>& words) {
    std::string text;
    for (const auto& word : words)
        text += (text.empty() ? "" : ", ") + word;
    return text;
}

std::string connections_text(std::int64_t limit) {
    return limit == -1 ? "none" : std::to_string(limit);
}

}  // namespace

const recipe::Schema PostgresqlDatabase::schema{
    .type = "postgresql_database",
    .group = recipe::Group::databases,
    .summary = "A database of a PostgreSQL server on this host.",
    .source = "CREATE DATABASE, ALTER DATABASE, CREATE EXTENSION and pg_database in PostgreSQL's manual",
    .name_doc = "its name",
    .name_kind = Kind::text,
    .keys =
        [] {
            std::vector<recipe::Key> keys = {
                {.name = "owner",
                 .kind = Kind::text,
                 .doc = "The role that owns it; has to exist. Left alone when not given; a new one is then "
                        "owned by postgres."},
                {.name = "encoding",
                 .kind = Kind::text,
                 .doc = "Its character set, such as \"UTF8\". For a new one only: that of an existing one "
                        "cannot be changed, and an other one is an error. Without it, that of the template."},
                {.name = "locale", .kind = Kind::text, .doc = "Both lc_collate and lc_ctype."},
                {.name = "lc_collate",
                 .kind = Kind::text,
                 .doc = "The locale by which it sorts, such as \"de_DE.UTF-8\" or \"C\"; for a new one only, "
                        "as with `encoding`."},
                {.name = "lc_ctype",
                 .kind = Kind::text,
                 .doc = "The locale by which it tells letters from others; for a new one only, as with "
                        "`encoding`."},
                {.name = "template",
                 .kind = Kind::text,
                 .doc = "The database that a new one is a copy of; template1 when not given, or template0 "
                        "when encoding or locale are."},
                {.name = "extensions",
                 .kind = Kind::texts,
                 .doc = "Extensions that it has to have, and with them those that they need; others stay. "
                        "Their files come with packages, such as postgresql-15-postgis-3."},
                {.name = "connection_limit",
                 .kind = Kind::integer,
                 .doc = "How many connections it may have at once; -1 for no limit. Left alone when not "
                        "given."},
                {.name = "comment",
                 .kind = Kind::text,
                 .doc = "What it is for; an empty text removes a comment. Left alone when not given."},
                {.name = "state",
                 .kind = Kind::text,
                 .doc = "Whether it is to be there at all. Its removal is the loss of all that is in it, and "
                        "needs `force`; one that somebody is connected to cannot go.",
                 .fallback = "present",
                 .choices = {"present", "absent"}},
                {.name = "force",
                 .kind = Kind::boolean,
                 .doc = "With state = \"absent\": the data may be lost.",
                 .fallback = false}};
            const auto where = postgresql_keys();
            keys.insert(keys.end(), where.begin(), where.end());
            return keys;
        }(),
    .example = R"([[resource]]
type = "postgresql_database"
name = "warehouse"
owner = "warehouse"
encoding = "UTF8"
locale = "C.UTF-8"
extensions = ["citext", "pg_trgm"]
)"};

PostgresqlDatabase::PostgresqlDatabase(const recipe::Properties& properties)
    : name_(properties.name()),
      server_(PostgresqlServer::from(properties)),
      present_(properties.text("state") == "present"),
      owner_(properties.text_or_empty("owner")),
      encoding_(properties.text_or_empty("encoding")),
      collate_(locale_of(properties, "lc_collate")),
      ctype_(locale_of(properties, "lc_ctype")),
      template_(properties.text_or_empty("template")),
      extensions_(properties.texts("extensions")) {
    check_sql_name(properties, "name", name_);
    for (const auto* const key : {"owner", "template"})
        if (properties.has(key)) check_sql_name(properties, key, properties.text(key));
    for (const auto* const key : {"encoding", "locale", "lc_collate", "lc_ctype"})
        if (properties.has(key) && properties.text(key).empty())
            throw bad_database(properties, key, "it is empty", "write a name, or leave it out");
    for (const auto& extension : extensions_)
        check_sql_name(properties, "extensions", extension);
    std::ranges::sort(extensions_);
    extensions_.erase(std::unique(extensions_.begin(), extensions_.end()), extensions_.end());
    if (properties.has("connection_limit")) connection_limit_ = properties.integer("connection_limit");
    if (connection_limit_ && (*connection_limit_ < -1 || *connection_limit_ > INT32_MAX))
        throw bad_database(properties, "connection_limit",
                           fmt::format("{} is no number of connections", *connection_limit_),
                           "write a number, or -1 for no limit");
    if (properties.has("comment")) comment_ = properties.text("comment");
    if (!present_ && std::ranges::find(vital, name_) != vital.end())
        throw bad_database(properties, "state", "the server itself needs this database", "leave it there");
    if (!present_ && !properties.truth("force"))
        throw bad_database(properties, "state", "all that is in the database would be lost",
                           "write force = true beside it if that is meant");
    if (present_ && properties.truth("force"))
        throw bad_database(properties, "force", "nothing would be lost",
                           "remove it: it is for state = \"absent\"");
}

std::vector<std::string> PostgresqlDatabase::extensions_there(const host::Host& host) const {
    if (extensions_.empty()) return {};
    const auto found = server_.ask(host, name_, "SELECT coalesce(json_agg(extname), '[]') FROM pg_extension",
                                   "cannot look at the extensions of database " + name_);
    const auto names = found.get<std::set<std::string>>();
    // Only the wanted ones count: others are somebody else's business.
    std::vector<std::string> there;
    for (const auto& extension : extensions_)
        if (names.contains(extension)) there.push_back(extension);
    return there;
}

State PostgresqlDatabase::inspect(const host::Host& host) const {
    const auto found = server_.ask(
        host, maintenance_database,
        fmt::format("SELECT json_build_object('owner', pg_get_userbyid(datdba), 'encoding', "
                    "pg_encoding_to_char(encoding), 'same_encoding', encoding = pg_char_to_encoding({}), "
                    "'lc_collate', datcollate, 'lc_ctype', datctype, 'connection_limit', datconnlimit, "
                    "'comment', coalesce(shobj_description(oid, 'pg_database'), '')) FROM pg_database WHERE "
                    "datname = {}",
                    sql_literal(encoding_), sql_literal(name_)),
        "cannot look at database " + name_);
    if (found.is_null()) return {{"state", "absent"}};
    if (!present_) return {{"state", "present"}};
    const auto text = [&found](const char* key) { return found.at(key).get<std::string>(); };
    // Other spellings of what is wanted are as good.
    const auto locale = [](std::string there, const std::string& wanted) {
        return plain_locale(there) == plain_locale(wanted) ? wanted : there;
    };
    State state{{"state", "present"},
                {"owner", text("owner")},
                {"encoding", found.at("same_encoding").get<bool>() ? encoding_ : text("encoding")},
                {"lc_collate", locale(text("lc_collate"), collate_)},
                {"lc_ctype", locale(text("lc_ctype"), ctype_)},
                {"connection_limit", connections_text(found.at("connection_limit").get<std::int64_t>())},
                {"comment", text("comment")}};
    if (const auto there = extensions_there(host); !there.empty())
        state.set("extensions", extension_list(there));
    return state;
}

State PostgresqlDatabase::wanted(const host::Host&) const {
    if (!present_) return {{"state", "absent"}};
    State state{{"state", "present"}};
    if (!owner_.empty()) state.set("owner", owner_);
    if (!encoding_.empty()) state.set("encoding", encoding_);
    if (!collate_.empty()) state.set("lc_collate", collate_);
    if (!ctype_.empty()) state.set("lc_ctype", ctype_);
    if (connection_limit_) state.set("connection_limit", connections_text(*connection_limit_));
    if (comment_) state.set("comment", *comment_);
    if (!extensions_.empty()) state.set("extensions", extension_list(extensions_));
    return state;
}

void PostgresqlDatabase::refuse_to_convert(const State& now) const {
    const std::pair<const char*, const std::string*> fixed[] = {
        {"encoding", &encoding_}, {"lc_collate", &collate_}, {"lc_ctype", &ctype_}};
    for (const auto& [key, wanted] : fixed)
        if (!wanted->empty() && now.value(key) != *wanted)
            throw Error(
                fmt::format("cannot change {} of database {} to {}", key, name_, *wanted),
                fmt::format("it is {}, and PostgreSQL changes it of no database that exists", now.value(key)),
                fmt::format("write {} = \"{}\", or move the data by hand: pg_dump, a new database, "
                            "pg_restore",
                            key, now.value(key)));
}

std::string PostgresqlDatabase::create() const {
    std::string sql = "CREATE DATABASE " + sql_identifier(name_);
    if (!owner_.empty()) sql += " OWNER " + sql_identifier(owner_);
    if (!encoding_.empty()) sql += " ENCODING " + sql_literal(encoding_);
    if (!collate_.empty()) sql += " LC_COLLATE " + sql_literal(collate_);
    if (!ctype_.empty()) sql += " LC_CTYPE " + sql_literal(ctype_);
    // template1 may hold texts of its own encoding, so only template0 can be copied into another.
    const bool own_kind = !encoding_.empty() || !collate_.empty() || !ctype_.empty();
    if (!template_.empty() || own_kind)
        sql += " TEMPLATE " + sql_identifier(template_.empty() ? "template0" : template_);
    if (connection_limit_) sql += fmt::format(" CONNECTION LIMIT {}", *connection_limit_);
    return sql + ";\n";
}

std::string PostgresqlDatabase::alter(const State& now) const {
    const auto database = "ALTER DATABASE " + sql_identifier(name_);
    std::string sql;
    if (!owner_.empty() && now.value("owner") != owner_)
        sql += database + " OWNER TO " + sql_identifier(owner_) + ";\n";
    if (connection_limit_ && now.value("connection_limit") != connections_text(*connection_limit_))
        sql += fmt::format("{} CONNECTION LIMIT {};\n", database, *connection_limit_);
    return sql;
}

void PostgresqlDatabase::apply(host::Host& host, const State& now, const Progress&) {
    if (!present_) {
        server_.change(host, maintenance_database, "DROP DATABASE " + sql_identifier(name_) + ";\n",
                       "cannot remove database " + name_);
        return;
    }
    const bool is_there = now.value("state") == "present";
    if (is_there) refuse_to_convert(now);
    std::string sql = is_there ? alter(now) : create();
    if (comment_ && now.value("comment") != *comment_)
        sql += fmt::format("COMMENT ON DATABASE {} IS {};\n", sql_identifier(name_), sql_literal(*comment_));
    if (!sql.empty())
        server_.change(host, maintenance_database, sql,
                       fmt::format("cannot {} database {}", is_there ? "change" : "create", name_));
    if (now.value("extensions") == extension_list(extensions_)) return;
    sql.clear();
    for (const auto& extension : extensions_)
        sql += fmt::format("CREATE EXTENSION IF NOT EXISTS {} CASCADE;\n", sql_identifier(extension));
    server_.change(host, name_, sql, "cannot add extensions to database " + name_);
}

}  // namespace dray::resources
