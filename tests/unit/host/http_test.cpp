// Requests against a real socket on the loopback.
#include "host/http.h"

#include "contains.h"
#include "error.h"
#include "loopback_server.h"
#include "temporary_folder.h"

#include <doctest/doctest.h>

#include <unistd.h>

#include <array>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <utility>
#include <variant>
#include <vector>

using dray::Error;
using dray::host::CurlHttp;
using dray::host::HttpRequest;
using dray::host::HttpResponse;
using dray::test::answer;
using dray::test::contains;
using Server = dray::test::LoopbackServer;
using std::chrono::milliseconds;

namespace {

std::string redirect(const std::string& location) {
    return "HTTP/1.1 302 Found\r\nLocation: " + location +
           "\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
}

std::string error_of(const HttpRequest& request) {
    try {
        CurlHttp().get(request);
    } catch (const Error& error) {
        return error.what();
    }
    return "no error";
}

}  // namespace

TEST_CASE("an answer comes back with its status, whatever that is") {
    const Server server(
        {{"/ok", answer("200 OK", "fine")}, {"/down", answer("503 Service Unavailable", "{}")}});
    const auto ok = CurlHttp().get({.url = server.url("/ok")});
    CHECK(ok.status == 200);
    CHECK(ok.body == "fine");
    CHECK(CurlHttp().get({.url = server.url("/down")}).status == 503);
}

TEST_CASE("no server is an error that names the URL") {
    std::string url;
    {
        const Server server(std::map<std::string, std::string>{});
        url = server.url("/x");
    }
    const std::string error = error_of({.url = url});
    CHECK(contains(error, "cannot get " + url + ": "));
    CHECK(contains(error, "connect"));
}

TEST_CASE("a server that breaks off or says nonsense is an error") {
    const Server server({{"/nonsense", "hello\r\n"},
                         {"/short", "HTTP/1.1 200 OK\r\nContent-Length: 100\r\nConnection: close\r\n\r\nx"}});
    CHECK(error_of({.url = server.url("/nonsense")}) != "no error");
    CHECK(error_of({.url = server.url("/short")}) != "no error");
    CHECK(contains(error_of({.url = server.url("/unknown")}), "Empty reply"));
}

TEST_CASE("a body longer than the limit is an error, one as long is not") {
    const Server server(
        std::map<std::string, std::string>{{"/long", answer("200 OK", std::string(100, 'x'))}});
    CHECK(CurlHttp().get({.url = server.url("/long"), .body_limit = 100}).body.size() == 100);
    CHECK(contains(error_of({.url = server.url("/long"), .body_limit = 99}), "longer than 99 bytes"));
}

TEST_CASE("a server that does not answer is left after the time limit") {
    const Server server(std::map<std::string, std::string>{{"/silent", ""}});
    const auto start = std::chrono::steady_clock::now();
    CHECK(contains(error_of({.url = server.url("/silent"), .timeout = milliseconds(100)}), "timed out"));
    CHECK(std::chrono::steady_clock::now() - start < std::chrono::seconds(8));
}

TEST_CASE("what is posted arrives, and what fails is told without more of the URL than its host") {
    const Server server({{"/hook/T0K3N", answer("200 OK", "taken")},
                         {"/moved/T0K3N", redirect("/hook/T0K3N")},
                         {"/silent/T0K3N", ""}});
    const auto post = [&](const std::string& url, milliseconds timeout = std::chrono::seconds(10)) {
        return CurlHttp().post(
            {.url = url, .timeout = timeout, .headers = {{"Content-Type", "application/json"}}},
            R"({"result": "released"})");
    };
    CHECK(post(server.url("/hook/T0K3N")).body == "taken");
    CHECK(contains(server.requests(), "POST /hook/T0K3N HTTP/1.1\r\n"));
    CHECK(contains(server.requests(), "Content-Type: application/json\r\n"));
    CHECK(contains(server.requests(), "\r\n\r\n{\"result\": \"released\"}"));
    CHECK(post(server.url("/moved/T0K3N")).status == 302);
    const auto failure = [&](const std::string& url) {
        try {
            post(url, milliseconds(200));
        } catch (const Error& error) {
            return error.text();
        }
        return std::string("no error");
    };
    const std::string silent = failure(server.url("/silent/T0K3N"));
    CHECK(contains(silent, "cannot send to 127.0.0.1:" + std::to_string(server.port()) + ": "));
    CHECK(contains(silent, "timed out"));
    for (const std::string& url :
         {server.url("/silent/T0K3N"), std::string("http://127.0.0.1:1/T0K3N"), std::string("file:///T0K3N"),
          std::string("http://a:T0K3N/"), std::string("http://T0K3N@127.0.0.1:1/"), std::string("T0K3N")}) {
        const std::string said = failure(url);
        CHECK(contains(said, "cannot send to "));
        CHECK_FALSE(contains(said, "T0K3N"));
    }
}

TEST_CASE("other protocols than http and https are refused") {
    CHECK(contains(error_of({.url = "file:///etc/passwd"}), "cannot get file:///etc/passwd"));
    CHECK(error_of({.url = "ftp://127.0.0.1/"}) != "no error");
    CHECK(error_of({.url = ""}) != "no error");
    CHECK(contains(error_of({.url = std::string("http://a\0b", 10)}), "zero byte"));
}

TEST_CASE("redirects are followed only when asked, five of them at most") {
    const Server server(
        {{"/a", redirect("/b")}, {"/b", answer("200 OK", "here")}, {"/loop", redirect("/loop")}});
    CHECK(CurlHttp().get({.url = server.url("/a")}).status == 302);
    CHECK(CurlHttp().get({.url = server.url("/a"), .follow_redirects = true}).body == "here");
    CHECK(
        contains(error_of({.url = server.url("/loop"), .follow_redirects = true}), "more than 5 redirects"));
}

TEST_CASE("a redirect does not leave http") {
    const Server server(std::map<std::string, std::string>{{"/file", redirect("file:///etc/passwd")}});
    CHECK(contains(error_of({.url = server.url("/file"), .follow_redirects = true}), "file:///etc/passwd"));
}

TEST_CASE("a password in a URL is not shown") {
    const std::string error = error_of({.url = "http://user:secret@127.0.0.1:1/x"});
    CHECK_FALSE(contains(error, "secret"));
    CHECK(contains(error, "127.0.0.1:1/x"));
}

TEST_CASE("a proxy of the environment is not used") {
    const Server server(std::map<std::string, std::string>{{"/ok", answer("200 OK", "direct")}});
    ::setenv("http_proxy", "http://127.0.0.1:1/", 1);
    const std::string body = CurlHttp().get({.url = server.url("/ok")}).body;
    ::unsetenv("http_proxy");
    CHECK(body == "direct");
}

TEST_CASE("headers are sent to the server that was named, and to none that it redirects to") {
    const Server other({{"/there", answer("200 OK", "there")}});
    const Server server({{"/ok", answer("200 OK", "fine")}, {"/away", redirect(other.url("/there"))}});
    CHECK(CurlHttp().get({.url = server.url("/ok"), .headers = {{"X-Token", "t"}, {"X-Empty", ""}}}).status ==
          200);
    CHECK(contains(server.requests(), "\r\nX-Token: t\r\n"));
    CHECK(contains(server.requests(), "\r\nX-Empty:\r\n"));
    const HttpRequest request{
        .url = server.url("/away"), .follow_redirects = true, .headers = {{"X-Token", "t"}}};
    CHECK(CurlHttp().get(request).body == "there");
    CHECK_FALSE(contains(other.requests(), "X-Token"));
}

TEST_CASE("a header that is more than one line is not sent, and its value is in no message") {
    const Server server({{"/ok", answer("200 OK", "fine")}});
    for (const std::string name : {"X-A\r\nX-B", "X-A:", ""})
        CHECK(contains(error_of({.url = server.url("/ok"), .headers = {{name, "v"}}}), "it is not one line"));
    const auto error = error_of({.url = server.url("/ok"), .headers = {{"X-A", "secret\r\nX-B: b"}}});
    CHECK(contains(error, "it is not one line"));
    CHECK_FALSE(contains(error, "secret"));
    CHECK(server.requests() == "");
}

TEST_CASE("a server can be asked through its Unix socket, whatever host the URL names") {
    const dray::test::TemporaryFolder folder;
    const auto path = folder.path() / "s";
    const Server server(Server::Socket{path}, {{"/x", answer("200 OK", "by socket")}});
    const auto response = CurlHttp().get({.url = "http://nowhere.invalid/x", .unix_socket = path});
    CHECK(response.body == "by socket");
    CHECK(contains(server.requests(), "Host: nowhere.invalid"));
    CHECK(error_of({.url = "http://nowhere.invalid/x", .unix_socket = folder.path() / "none"}) != "no error");
}

TEST_CASE("certificates to trust that are not there are an error") {
    CHECK(contains(error_of({.url = "https://127.0.0.1:9/", .ca_file = "/nonexistent/ca.pem"}),
                   "cannot get https://127.0.0.1:9/"));
}

TEST_CASE("whether somebody listens is told by connecting") {
    const dray::test::TemporaryFolder folder;
    const auto path = folder.path() / "s";
    const auto error_of_connecting = [](const dray::host::Endpoint& endpoint) {
        try {
            CurlHttp().connect(endpoint);
        } catch (const Error& error) {
            return std::string(error.what());
        }
        return std::string("no error");
    };
    std::uint16_t port = 0;
    {
        const Server server(std::map<std::string, std::string>{});
        const Server by_socket(Server::Socket{path}, {});
        port = server.port();
        CHECK(error_of_connecting({.host = "127.0.0.1", .port = port}) == "no error");
        CHECK(error_of_connecting({.host = "localhost", .port = port}) == "no error");
        CHECK(error_of_connecting({.unix_socket = path}) == "no error");
    }
    CHECK(error_of_connecting({.host = "127.0.0.1", .port = port}) ==
          "cannot connect to 127.0.0.1:" + std::to_string(port) + ": Connection refused");
    CHECK(contains(error_of_connecting({.unix_socket = path}), "cannot connect to " + path.string()));
    CHECK(contains(error_of_connecting({.host = "nowhere.invalid", .port = 1}), "resolve"));
    CHECK(dray::host::Endpoint{.host = "::1", .port = 80}.text() == "[::1]:80");
}

TEST_CASE("several requests are made at the same time") {
    const Server meeting({{"/ok", answer("200 OK", "fine")}}, 4);
    for (const auto& outcome : CurlHttp().get_all(std::vector<HttpRequest>(4, {.url = meeting.url("/ok")}))) {
        REQUIRE(std::holds_alternative<HttpResponse>(outcome));
        CHECK(std::get<HttpResponse>(outcome).body == "fine");
    }
}

TEST_CASE("the outcomes of several requests stand in order, and a server that is silent keeps up no other") {
    const Server slow(std::map<std::string, std::string>{{"/slow", ""}});
    const Server server({{"/ok", answer("200 OK", "fine")}, {"/moved", redirect("/ok")}});
    const auto begin = std::chrono::steady_clock::now();
    const auto outcomes = CurlHttp().get_all({{.url = slow.url("/slow"), .timeout = milliseconds(300)},
                                              {.url = server.url("/ok")},
                                              {.url = slow.url("/slow"), .timeout = milliseconds(300)},
                                              {.url = server.url("/moved")},
                                              {.url = server.url("/ok"), .body_limit = 3},
                                              {.url = "http://127.0.0.1:1/"}});
    REQUIRE(outcomes.size() == 6);
    CHECK(std::holds_alternative<Error>(outcomes[0]));
    CHECK(std::get<HttpResponse>(outcomes[1]).body == "fine");
    CHECK(std::holds_alternative<Error>(outcomes[2]));
    CHECK(std::get<HttpResponse>(outcomes[3]).status == 302);
    CHECK(std::string(std::get<Error>(outcomes[4]).what()).find("longer than 3 bytes") != std::string::npos);
    CHECK(std::holds_alternative<Error>(outcomes[5]));
    CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds(5));
    CHECK(CurlHttp().get_all({}).empty());
}

TEST_CASE("headers go along with each of several requests, and come back in small letters") {
    const Server server(std::map<std::string, std::string>{
        {"/etag", "HTTP/1.1 304 Not Modified\r\nETag: \"abc\"\r\nConnection: close\r\n\r\n"}});
    const auto outcomes =
        CurlHttp().get_all({{.url = server.url("/etag"), .headers = {{"If-None-Match", "\"abc\""}}}});
    CHECK(std::get<HttpResponse>(outcomes.at(0)).status == 304);
    CHECK(std::get<HttpResponse>(outcomes.at(0)).headers.at("etag") == "\"abc\"");
    CHECK(server.requests().find("If-None-Match: \"abc\"\r\n") != std::string::npos);
}

TEST_CASE("many requests to one server are all answered") {
    const Server server(std::map<std::string, std::string>{{"/ok", answer("200 OK", "fine")}});
    const auto outcomes = CurlHttp().get_all(std::vector<HttpRequest>(50, {.url = server.url("/ok")}));
    for (const auto& outcome : outcomes)
        CHECK(std::get<HttpResponse>(outcome).status == 200);
}
