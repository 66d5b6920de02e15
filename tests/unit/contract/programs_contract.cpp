// What every Processes, Http and Clock does.
#include "error.h"
#include "host/loopback_server.h"
#include "subject.h"

#include <doctest/doctest.h>

#include <chrono>
#include <functional>
#include <variant>

using dray::Error;
using dray::host::Command;
using dray::host::Result;
using dray::test::LoopbackServer;
using dray::test::Subject;
using dray::test::words_of;
using std::chrono::milliseconds;

namespace {

Command shell(const std::string& script) {
    return {.argv = {"/bin/sh", "-c", script}};
}

/// A subject whose programs in memory end as real ones would.
struct WithProgram : Subject {
    WithProgram(const Command& command, const Result& result) {
        if (auto* played = memory()) played->processes.answer(command.text(), result);
    }
    const dray::host::Processes& processes = host().processes();
};

/// A server that there is, and that a host in memory is told of.
struct WithServer : Subject {
    LoopbackServer server{{{"/ok", dray::test::answer("200 OK", "fine")},
                           {"/down", dray::test::answer("503 Service Unavailable", "{}")}}};
    const dray::host::Http& http = host().http();
    WithServer() {
        auto* played = memory();
        if (played == nullptr) return;
        played->http.answer(server.url("/ok"), {.status = 200, .body = "fine"});
        played->http.answer(server.url("/down"), {.status = 503, .body = "{}"});
        played->http.listen("127.0.0.1:" + std::to_string(server.port()));
    }
};

}  // namespace

TEST_CASE("a program's end and both of its streams come back") {
    const auto command = shell("echo out; echo err >&2; exit 3");
    WithProgram subject(command, {.exit_code = 3, .output = "out\n", .errors = "err\n"});
    std::string heard;
    auto listening = command;
    listening.on_output = [&heard](std::string_view piece) { heard += piece; };
    const auto result = subject.processes.run(listening);
    CHECK(result.exit_code == 3);
    CHECK_FALSE(result.ok());
    CHECK_FALSE(result.timed_out);
    CHECK(result.output == "out\n");
    CHECK(result.errors == "err\n");
    CHECK(heard.size() == 8);
    CHECK(heard.find("out\n") != std::string::npos);
    CHECK(heard.find("err\n") != std::string::npos);
}

TEST_CASE("a program has succeeded with the codes that count as success") {
    auto command = shell("echo no room >&2; exit 4");
    WithProgram subject(command, {.exit_code = 4, .errors = "no room\n"});
    CHECK(words_of([&] { subject.processes.check(command, "cannot make it"); }) ==
          "cannot make it: /bin/sh: exit status 4: no room");
    command.success = {0, 4};
    CHECK(subject.processes.check(command, "cannot make it").exit_code == 4);
}

TEST_CASE("a program that there is not cannot be started") {
    Subject subject;
    const auto& processes = subject.host().processes();
    if (auto* memory = subject.memory()) memory->processes.lack("contract-missing");
    CHECK_FALSE(processes.finds({.argv = {"contract-missing"}}));
    CHECK(processes.finds({.argv = {"/bin/sh"}}));
    CHECK(words_of([&] {
              processes.run({.argv = {"contract-missing"}});
          }).ends_with("cannot start contract-missing: No such file or directory"));
    CHECK_THROWS_AS(processes.run({}), Error);
}

TEST_CASE("a server's answer comes back, whatever its status, up to a limit") {
    WithServer subject;
    CHECK(subject.http.get({.url = subject.server.url("/ok")}).body == "fine");
    CHECK(subject.http.get({.url = subject.server.url("/down")}).status == 503);
    const auto words =
        words_of([&] { subject.http.get({.url = subject.server.url("/ok"), .body_limit = 3}); });
    CHECK(words == "cannot get " + subject.server.url("/ok") + ": the answer is longer than 3 bytes");
}

TEST_CASE("several answers come in the order of their questions, errors among them") {
    WithServer subject;
    const auto outcomes = subject.http.get_all({{.url = subject.server.url("/down")},
                                                {.url = "http://127.0.0.1:1/"},
                                                {.url = subject.server.url("/ok")}});
    REQUIRE(outcomes.size() == 3);
    CHECK(std::get<dray::host::HttpResponse>(outcomes[0]).status == 503);
    REQUIRE(std::holds_alternative<Error>(outcomes[1]));
    CHECK(std::string(std::get<Error>(outcomes[1]).what()).starts_with("cannot get http://127.0.0.1:1/: "));
    CHECK(std::get<dray::host::HttpResponse>(outcomes[2]).body == "fine");
}

TEST_CASE("a call is taken where somebody listens, and only there") {
    WithServer subject;
    CHECK_NOTHROW(subject.http.connect({.host = "127.0.0.1", .port = subject.server.port()}));
    CHECK(words_of([&] { subject.http.connect({.host = "127.0.0.1", .port = 1}); }) ==
          "cannot connect to 127.0.0.1:1: Connection refused");
    CHECK(words_of([&] {
              subject.http.connect({.unix_socket = "/srv/contract.sock"});
          }).starts_with("cannot connect to /srv/contract.sock: "));
}

TEST_CASE("time passes while one sleeps, and never runs backwards") {
    Subject subject;
    const auto& clock = subject.host().clock();
    const auto steady = clock.steady();
    const auto now = clock.now();
    clock.sleep(milliseconds(30));
    CHECK(clock.steady() - steady >= milliseconds(30));
    CHECK(clock.now() > now);
    const auto after = clock.steady();
    clock.sleep(milliseconds(0));
    CHECK(clock.steady() >= after);
}
