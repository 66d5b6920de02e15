// http_check and tcp_check: what they ask, what they wait for, and what they show.
#include "converging.h"

#include <doctest/doctest.h>

#include <chrono>
#include <string>

using dray::test::Converging;
using dray::test::errors;
using dray::test::outcomes;
using dray::test::resource;

TEST_CASE("a check compares status, body and JSON, and waits for them") {
    Converging host;
    const std::string url = "http://127.0.0.1:9000/_health";
    const auto check = [&](const std::string& keys) {
        return host.recipe(resource("http_check", url, keys + "\nwithin = \"2s\"")).converge();
    };
    host.memory.http.answer(url, {503, "down"});
    CHECK(errors(check("")).find("status 503: down") != std::string::npos);
    host.memory.http.answer(url, {200, "{\"version\": \"26.11.2\", \"db\": {\"ok\": true}}"});
    const auto good = check("body = \"26.11\"\njson = { version = \"26.11.2\", \"db.ok\" = true }");
    CHECK(outcomes(good) == "unchanged");
    CHECK(!good.changed());
    CHECK(errors(check("json = { version = \"26.11.3\" }")).find("version is 26.11.2, not 26.11.3") !=
          std::string::npos);
    CHECK(errors(check("json = { none = 1 }")).find("the answer has no none") != std::string::npos);
    CHECK(errors(check("body = \"absent text\"")).find("the body lacks") != std::string::npos);
}

TEST_CASE(
    "a check finds values in nested objects, by dots or by tables, and never writes out an answer's depths") {
    Converging host;
    const std::string url = "http://127.0.0.1/";
    const auto check = [&](const std::string& json) {
        return errors(
            host.recipe(resource("http_check", url, "json = " + json + "\nwithin = \"1s\"")).converge());
    };
    host.memory.http.answer(url, {200, R"({"a": {"b": {"c": 1}}})"});
    CHECK(check("{ a = { b = { c = 1 } } }") == "");
    CHECK(check("{ \"a.b\" = { c = 1 } }") == "");
    CHECK(check("{ a = { b = { c = 2 } } }").find("a.b.c is 1, not 2") != std::string::npos);
    CHECK(check("{ a = 1 }").find("a is an object, not 1") != std::string::npos);
    Converging deep;
    deep.memory.http.answer(url,
                            {200, "{\"a\":" + std::string(100'000, '[') + std::string(100'000, ']') + "}"});
    CHECK(errors(deep.recipe(resource("http_check", url, "json = { a = 1 }\nwithin = \"1s\"")).converge())
              .find("a is an array, not 1") != std::string::npos);
}

TEST_CASE(
    "a check that was asked ahead holds only when it is good, and nothing was changed before its turn") {
    const std::string url = "http://127.0.0.1/";
    const auto file = resource("file", "/etc/x", "content = \"1\"");
    const auto check = resource("http_check", url, "within = \"1s\"");
    const dray::host::HttpResponse good{200, "fine"};
    const dray::host::HttpResponse bad{503, "down"};
    Converging host;
    host.memory.http.ask_ahead();
    SUBCASE("good") {
        host.memory.http.answer(url, good);
        host.memory.http.answer(url, bad);
        CHECK(errors(host.recipe(check).converge()) == "");
        CHECK(host.memory.http.asked().size() == 1);
    }
    SUBCASE("bad by then") {
        host.memory.http.answer(url, bad);
        host.memory.http.answer(url, good);
        CHECK(errors(host.recipe(check).converge()) == "");
        CHECK(host.memory.http.asked().size() == 2);
    }
    SUBCASE("a change comes first") {
        host.memory.http.answer(url, good);
        host.memory.http.answer(url, bad);
        CHECK(errors(host.recipe(file + check).converge()).find("within 1s") != std::string::npos);
    }
    SUBCASE("a dry run asks at its turn") {
        host.memory.http.answer(url, good);
        host.recipe(check).dry_run();
        CHECK(host.memory.http.asked().size() == 1);
    }
}

TEST_CASE("a check does not wait for a unit that has failed, or that restarts again and again") {
    Converging host;
    const std::string url = "http://127.0.0.1/";
    host.memory.http.answer(url, {503, "down"});
    host.memory.files.put("/etc/systemd/system/w.service", "[Service]\nExecStart=/w\n",
                          {.owner = "root", .group = "root", .mode = 0644});
    host.memory.systemd.start("w.service");
    host.recipe(resource("http_check", url, "within = \"1h\"\nunit = \"w.service\""));
    const auto begin = host.memory.clock.steady();
    const auto waited = [&] { return host.memory.clock.steady() - begin; };
    SUBCASE("failed") {
        host.memory.systemd.crash("w.service", false);
        CHECK(errors(host.converge()).find("w.service has failed") != std::string::npos);
        CHECK(waited() < std::chrono::minutes(1));
    }
    SUBCASE("restarts") {
        host.memory.http.play(url, [&]() -> dray::host::HttpResponse {
            host.memory.systemd.crash("w.service", true);
            return {503, "down"};
        });
        CHECK(errors(host.converge()).find("w.service restarts again and again") != std::string::npos);
        CHECK(waited() < std::chrono::minutes(1));
    }
    SUBCASE("runs") {
        CHECK(errors(host.converge()).find("within 1h") != std::string::npos);
        CHECK(waited() >= std::chrono::hours(1));
    }
}

TEST_CASE("a check that would ask without pause, name no unit, or compare with a list, is a mistake") {
    for (const auto* keys : {"interval = \"0s\"", "unit = \"w\"", "json = { a = [1] }"}) {
        Converging host;
        CHECK_MESSAGE(
            host.recipe(resource("http_check", "http://x", keys)).mistakes().find("recipe.toml:3") !=
                std::string::npos,
            keys);
    }
}

TEST_CASE("a check sends headers, asks through a socket and trusts its own authority, and shows no header") {
    Converging host;
    const std::string url = "https://elastic/_cluster/health";
    host.memory.http.answer(url, {503, "down"});
    const auto run =
        host.recipe(resource("http_check", url,
                             "unix_socket = \"/run/x.sock\"\nca = \"/etc/ca.pem\"\nwithin = \"1s\"\n"
                             "headers = { Authorization = \"hunter2\" }"))
            .converge();
    CHECK(host.memory.http.request().unix_socket == "/run/x.sock");
    CHECK(host.memory.http.request().ca_file == "/etc/ca.pem");
    CHECK(host.memory.http.request().headers.at("Authorization") == "hunter2");
    CHECK(errors(run).find("503") != std::string::npos);
    CHECK(errors(run).find("hunter2") == std::string::npos);
}

TEST_CASE("a check's headers may hold a secret, which no report has even when the server repeats it") {
    Converging host;
    const std::string url = "http://127.0.0.1/";
    host.memory.files.put("/etc/token", "hunter2\n", {.owner = "root", .group = "root", .mode = 0600});
    host.memory.http.answer(url, {403, "hunter2 is not enough"});
    const std::string headers = "headers = { Authorization = \"Bearer {{attribute.token}}\" }\n";
    const auto run = host.recipe("[attributes]\ntoken = { secret = \"file:/etc/token\" }\n" +
                                 resource("http_check", url, headers + "within = \"1s\""))
                         .converge();
    CHECK(host.memory.http.request().headers.at("Authorization") == "Bearer hunter2");
    CHECK(errors(run).find("(secret) is not enough") != std::string::npos);
    CHECK(errors(run).find("hunter2") == std::string::npos);
}

TEST_CASE("a check waits until somebody takes connections") {
    for (const std::string name : {"127.0.0.1:5432", "[::1]:5432", "db.internal:5432", "/run/x.sock"}) {
        Converging host;
        const auto check = resource("tcp_check", name, "within = \"2s\"");
        CHECK(errors(host.recipe(check).converge())
                  .find(name + " did not answer as it should within 2s: Connection refused") !=
              std::string::npos);
        host.memory.http.listen(name, 3);
        CHECK(outcomes(host.converge()) == "unchanged");
        CHECK(outcomes(host.converge()) == "unchanged");
    }
}
