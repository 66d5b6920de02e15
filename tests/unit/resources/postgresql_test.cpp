// The types postgresql_role and postgresql_database: what they say to psql, and what they keep to themselves.
#include "resources/postgresql.h"

#include "converging.h"
#include "fake_postgresql.h"
#include "resources/scram_verifier.h"

#include <doctest/doctest.h>

using dray::test::Converging;
using dray::test::deeds;
using dray::test::errors;
using dray::test::FakePostgresql;
using dray::test::outcomes;

namespace {

std::string postgresql(const std::string& type, const std::string& name, const std::string& keys = "") {
    return "[[resource]]\ntype = \"" + type + "\"\nname = '" + name + "'\n" + keys + "\n";
}

const std::string password = "password = { secret = \"file:/etc/secret\" }\n";

/// A host with a server, and a secret in a file.
struct Server {
    Converging host;
    FakePostgresql postgresql;

    explicit Server(const std::string& secret = "hunter2") {
        host.memory.processes.answer_others(
            [this](const dray::host::Command& command) { return postgresql.answer(command); });
        host.memory.accounts.ensure_user({.name = "postgres"});
        put(secret);
    }
    void put(const std::string& secret) {
        host.memory.files.put("/etc/secret", secret + "\n", {.owner = "root", .group = "root", .mode = 0600});
    }
    dray::converge::Run converge(const std::string& recipe) { return host.recipe(recipe).converge(); }
};

}  // namespace

TEST_CASE("names and texts are quoted as SQL wants it") {
    using namespace dray::resources;
    CHECK(sql_identifier("a") == "\"a\"");
    CHECK(sql_identifier("A \"b\"; --") == "\"A \"\"b\"\"; --\"");
    CHECK(sql_literal("a") == "E'a'");
    CHECK(sql_literal("it's \\' here") == "E'it''s \\\\'' here'");
}

TEST_CASE("a hostile name is a name and nothing more") {
    Server server;
    const std::string name = "x\"; DROP ROLE postgres; \\! id --";
    CHECK(errors(server.converge(postgresql("postgresql_role", name))) == "");
    CHECK(server.postgresql.roles.contains(name));
    CHECK(errors(server.converge(postgresql("postgresql_database", name,
                                            "owner = 'x\"; DROP ROLE postgres; \\! id --'"))) == "");
    CHECK(server.postgresql.databases.at(name).owner == name);
    CHECK(server.postgresql.roles.contains("postgres"));
}

TEST_CASE("of a password the server gets a verifier, and nobody gets the password") {
    Server server;
    const auto run = server.converge(postgresql("postgresql_role", "r", password));
    CHECK(errors(run) == "");
    CHECK(dray::resources::verifies(server.postgresql.roles.at("r").verifier, "hunter2"));
    for (const auto& command : server.host.memory.processes.commands()) {
        CHECK(command.input.find("hunter2") == std::string::npos);
        CHECK(command.text().find("SCRAM") == std::string::npos);
        CHECK(command.text().find("hunter2") == std::string::npos);
        const bool sends = command.input.find("PASSWORD") != std::string::npos;
        CHECK((command.environment.at("PGOPTIONS").find("log_statement=none") != std::string::npos) == sends);
    }
    CHECK(deeds(run).find("hunter2") == std::string::npos);
    CHECK(deeds(run).find("SCRAM") == std::string::npos);
    CHECK(outcomes(server.host.converge()) == "unchanged");
}

TEST_CASE("a password is changed when the server has another, and left alone when it is nobody's wish") {
    Server server;
    server.converge(postgresql("postgresql_role", "r", password));
    const auto before = server.postgresql.roles.at("r").verifier;
    CHECK(outcomes(server.host.converge()) == "unchanged");
    CHECK(server.postgresql.roles.at("r").verifier == before);
    server.put("another one");
    CHECK(outcomes(server.host.converge()) == "changed");
    CHECK(dray::resources::verifies(server.postgresql.roles.at("r").verifier, "another one"));
    server.postgresql.roles.at("r").verifier = "md5d41d8cd98f00b204e9800998ecf8427e";
    CHECK(outcomes(server.host.converge()) == "changed");
    const auto kept = server.postgresql.roles.at("r").verifier;
    CHECK(outcomes(server.converge(postgresql("postgresql_role", "r"))) == "unchanged");
    CHECK(server.postgresql.roles.at("r").verifier == kept);
}

TEST_CASE("a password that stands in the recipe, or that cannot be told alike everywhere, is refused") {
    Server server;
    CHECK(server.host.recipe(postgresql("postgresql_role", "r", "password = \"hunter2\""))
              .mistakes()
              .find("secret = \"file:") != std::string::npos);
    server.put("Bleistiftlänge");
    const auto text = errors(server.converge(postgresql("postgresql_role", "r", password)));
    CHECK(text.find("beyond ASCII") != std::string::npos);
    CHECK(text.find("Bleistift") == std::string::npos);
    server.put("");
    CHECK(errors(server.converge(postgresql("postgresql_role", "r", password))).find("empty") !=
          std::string::npos);
    CHECK(server.postgresql.changes == 0);
}

TEST_CASE("a server that does not run is said to be none, with what belongs above") {
    Server server;
    server.postgresql.runs = false;
    for (const auto& run : {server.converge(postgresql("postgresql_role", "r")),
                            server.converge(postgresql("postgresql_database", "d"))}) {
        CHECK(outcomes(run) == "failed");
        CHECK(errors(run).find("asking the PostgreSQL server at port 5432") != std::string::npos);
        CHECK(errors(run).find("belong above this one") != std::string::npos);
        CHECK(errors(run).find("recipe.toml:") != std::string::npos);
    }
    CHECK(errors(server.converge(postgresql("postgresql_role", "r", "cluster = \"16/main\"")))
              .find("asking the PostgreSQL cluster 16/main") != std::string::npos);
}

TEST_CASE("a dry run cannot know a server that a package above would bring") {
    Server server;
    server.postgresql.runs = false;
    server.host.memory.apt.add_version("postgresql", "15");
    const auto run = server.host
                         .recipe(postgresql("package", "postgresql") + postgresql("postgresql_role", "r") +
                                 postgresql("postgresql_database", "d"))
                         .dry_run();
    CHECK(outcomes(run) == "changed unknown unknown");
    CHECK(run.steps.at(1).reason.find("unknown until package[postgresql]") != std::string::npos);
    CHECK(run.steps.at(1).reason.find("psql") != std::string::npos);
}

TEST_CASE("encoding and locale of a database that exists are not changed, and other spellings are the same") {
    Server server;
    CHECK(outcomes(server.converge(postgresql("postgresql_database", "d"))) == "changed");
    CHECK(outcomes(server.converge(postgresql("postgresql_database", "d",
                                              "encoding = \"utf-8\"\nlocale = \"C.utf8\""))) == "unchanged");
    const auto changes = server.postgresql.changes;
    const std::string latin =
        postgresql("postgresql_database", "d", "encoding = \"LATIN1\"\nowner = \"postgres\"");
    const auto run = server.converge(latin);
    CHECK(outcomes(run) == "failed");
    CHECK(errors(run).find("it is UTF8") != std::string::npos);
    CHECK(errors(run).find("pg_dump") != std::string::npos);
    CHECK(errors(server.host.dry_run()).find("it is UTF8") != std::string::npos);
    CHECK(outcomes(server.converge(postgresql("postgresql_database", "d", "lc_collate = \"de_DE.UTF-8\""))) ==
          "failed");
    CHECK(server.postgresql.changes == changes);
}

TEST_CASE("a database of another encoding than template1 is a copy of template0") {
    Server server;
    server.converge(postgresql("postgresql_database", "d", "encoding = \"LATIN1\"\nlocale = \"C\""));
    CHECK(server.host.memory.processes.commands().at(1).input ==
          "CREATE DATABASE \"d\" ENCODING E'LATIN1' LC_COLLATE E'C' LC_CTYPE E'C' TEMPLATE \"template0\";\n");
}

TEST_CASE("a database goes only when its loss is meant") {
    Server server;
    server.converge(postgresql("postgresql_database", "d"));
    CHECK(server.host.recipe(postgresql("postgresql_database", "d", "state = \"absent\""))
              .mistakes()
              .find("force = true") != std::string::npos);
    CHECK(outcomes(server.converge(
              postgresql("postgresql_database", "d", "state = \"absent\"\nforce = true"))) == "changed");
    CHECK(!server.postgresql.databases.contains("d"));
}

TEST_CASE("what PostgreSQL says against a change is told") {
    Converging host;
    host.memory.processes.answer_others([](const dray::host::Command& command) {
        if (command.input.starts_with("SELECT")) return dray::host::Result{};
        return dray::host::Result{.exit_code = 3, .errors = "ERROR:  role \"g\" does not exist\n"};
    });
    const auto run = host.recipe(postgresql("postgresql_role", "r", "member_of = [\"g\"]")).converge();
    CHECK(errors(run).find("cannot create role r: asking the PostgreSQL server at port 5432: psql: exit "
                           "status 3: ERROR:  role \"g\" does not exist") != std::string::npos);
}
