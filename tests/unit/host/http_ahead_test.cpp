// Requests that are made by a process of their own, while this one does other things. That process is started
// before any server's threads: what such a thread holds at a fork, a lock of a sanitizer's allocator say,
// nobody frees in the child.
#include "contains.h"
#include "error.h"
#include "host/http.h"
#include "host/http_worker.h"
#include "loopback_server.h"
#include "temporary_folder.h"

#include <doctest/doctest.h>

#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
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
using dray::test::TemporaryFolder;
using Server = dray::test::LoopbackServer;

namespace {

/// Those of this process.
std::vector<pid_t> child_processes() {
    std::vector<pid_t> children;
    for (const auto& thread : std::filesystem::directory_iterator("/proc/self/task")) {
        std::ifstream list(thread.path() / "children");
        for (pid_t child = 0; list >> child;)
            children.push_back(child);
    }
    return children;
}

/// What a process that ends without looking back leaves: the worker's number.
pid_t left_behind() {
    std::array<int, 2> pipe{};
    REQUIRE(::pipe(pipe.data()) == 0);
    const pid_t process = ::fork();
    REQUIRE(process >= 0);
    if (process == 0) {
        auto worker = dray::host::start_http_worker();
        const pid_t number = worker ? worker->process : 0;
        CurlHttp http(std::move(worker));
        http.leave();
        std::_Exit(::write(pipe[1], &number, sizeof number) == sizeof number ? 0 : 1);
    }
    pid_t worker = 0;
    REQUIRE(::read(pipe[0], &worker, sizeof worker) == sizeof worker);
    for (const int end : pipe)
        ::close(end);
    REQUIRE(::waitpid(process, nullptr, 0) == process);
    return worker;
}

}  // namespace

TEST_CASE("what is expected is asked meanwhile, told once, and asked for no second time") {
    const CurlHttp http;
    http.prepare();
    const Server server({{"/a", answer("200 OK", "a")}, {"/b", answer("503 Service Unavailable", "b")}});
    for (const auto* path : {"/a", "/b", "/a"})
        http.expect({.url = server.url(path)});
    CHECK_FALSE(http.expected({.url = server.url("/other")}));
    CHECK_FALSE(http.expected({.url = server.url("/a"), .headers = {{"X-A", "b"}}}));
    const auto first = http.expected({.url = server.url("/a")});
    REQUIRE(first);
    CHECK(first->body == "a");
    CHECK_FALSE(http.expected({.url = server.url("/a")}));
    const auto second = http.expected({.url = server.url("/b")});
    REQUIRE(second);
    CHECK(second->status == 503);
    const auto asked = server.requests();
    CHECK(asked.find("GET /a") == asked.rfind("GET /a"));
    http.expect({.url = server.url("/a")});
    CHECK(http.expected({.url = server.url("/a")}));
}

TEST_CASE("what is expected is not asked for again as one of several, whether or not it is answered") {
    const CurlHttp http;
    http.prepare();
    const Server server({{"/a", answer("200 OK", "a")}, {"/b", answer("200 OK", "b")}});
    std::string gone;
    {
        const Server ended(std::map<std::string, std::string>{});
        gone = ended.url("/");
    }
    http.expect({.url = server.url("/a")});
    http.expect({.url = gone});
    const auto outcomes = http.get_all({{.url = server.url("/b")}, {.url = gone}, {.url = server.url("/a")}});
    CHECK(std::get<HttpResponse>(outcomes.at(0)).body == "b");
    CHECK(std::holds_alternative<Error>(outcomes.at(1)));
    CHECK(std::get<HttpResponse>(outcomes.at(2)).body == "a");
    const auto asked = server.requests();
    CHECK(asked.find("GET /a") == asked.rfind("GET /a"));
    CHECK_FALSE(http.expected({.url = server.url("/a")}));
}

TEST_CASE("several requests are made by the process that was made ready, and by this one when it is gone") {
    const CurlHttp http;
    http.prepare();
    const std::string large(300'000, 'x');
    const Server server({{"/large", answer("200 OK", large)}, {"/a", answer("404 Not Found", "a")}});
    std::string gone;
    {
        const Server other({});
        gone = other.url("/");
    }
    const std::vector<HttpRequest> requests{
        {.url = server.url("/large")}, {.url = gone}, {.url = server.url("/a"), .headers = {{"X-A", "b"}}}};
    for (const bool alone : {false, true}) {
        CAPTURE(alone);
        if (alone) {
            const auto workers = child_processes();
            REQUIRE(workers.size() == 1);
            ::kill(workers.front(), SIGKILL);
        }
        const auto outcomes = http.get_all(requests);
        REQUIRE(outcomes.size() == 3);
        CHECK(std::get<HttpResponse>(outcomes[0]).body == large);
        CHECK(contains(std::get<Error>(outcomes[1]).what(), "cannot get " + gone));
        CHECK(std::get<HttpResponse>(outcomes[2]).status == 404);
        CHECK(std::get<HttpResponse>(outcomes[2]).headers.at("content-length") == "1");
    }
    CHECK(contains(server.requests(), "X-A: b"));
    http.expect({.url = server.url("/a")});
    CHECK_FALSE(http.expected({.url = server.url("/a")}));
}

TEST_CASE("a process that was started before anything was asked makes the requests") {
    auto worker = dray::host::start_http_worker();
    REQUIRE(worker);
    const Server server({{"/a", answer("200 OK", "a")}});
    const pid_t process = worker->process;
    {
        const CurlHttp http(std::move(worker));
        http.prepare();
        http.expect({.url = server.url("/a")});
        CHECK(child_processes() == std::vector<pid_t>{process});
        const auto response = http.expected({.url = server.url("/a")});
        REQUIRE(response);
        CHECK(response->body == "a");
    }
    CHECK(child_processes().empty());
}

TEST_CASE("a process that was left ends with the one it made requests for") {
    REQUIRE(::prctl(PR_SET_CHILD_SUBREAPER, 1) == 0);
    const pid_t worker = left_behind();
    REQUIRE(worker > 0);
    CHECK(::waitpid(worker, nullptr, 0) == worker);
    REQUIRE(::prctl(PR_SET_CHILD_SUBREAPER, 0) == 0);
}

TEST_CASE("the process that makes requests holds a file that is about to be replaced") {
    const TemporaryFolder folder;
    const auto file = folder.path() / "held";
    std::ofstream(file) << "{}";
    auto worker = dray::host::start_http_worker(file);
    REQUIRE(worker);
    const Server server({{"/a", answer("200 OK", "a")}});
    const auto opened = "/proc/" + std::to_string(worker->process) + "/fd";
    const CurlHttp http(std::move(worker));
    http.get_all({{.url = server.url("/a")}});  // it has opened what it will by then
    int holds = 0;
    for (const auto& each : std::filesystem::directory_iterator(opened))
        holds += std::filesystem::read_symlink(each) == file;
    CHECK(holds == 1);
}

TEST_CASE("the process that makes requests keeps nothing open, and ends with what it was made for") {
    std::array<int, 2> pipe{};
    REQUIRE(::pipe(pipe.data()) == 0);
    pid_t worker = 0;
    {
        const CurlHttp http;
        http.prepare();
        REQUIRE(child_processes().size() == 1);
        worker = child_processes().front();
        const Server server({{"/a", answer("200 OK", "a")}});
        http.get_all({{.url = server.url("/a")}});  // it has let go of everything by then
        ::close(pipe[1]);
        char byte = 0;
        CHECK(::read(pipe[0], &byte, 1) == 0);
    }
    CHECK(::kill(worker, 0) != 0);
    ::close(pipe[0]);
}

TEST_CASE("what is expected of nobody who answers is nothing, and what is forgotten keeps nobody waiting") {
    auto http = std::make_unique<const CurlHttp>();
    http->prepare();
    std::string gone;
    {
        const Server server({});
        gone = server.url("/");
    }
    const Server silent({{"/silent", ""}, {"/a", answer("200 OK", "a")}});
    const auto begin = std::chrono::steady_clock::now();
    http->expect({.url = gone});
    CHECK_FALSE(http->expected({.url = gone}));
    http->expect({.url = silent.url("/silent"), .timeout = std::chrono::minutes(5)});
    http->forget_expected();
    CHECK_FALSE(http->expected({.url = silent.url("/silent"), .timeout = std::chrono::minutes(5)}));
    http->expect({.url = silent.url("/a")});
    CHECK(http->expected({.url = silent.url("/a")}));
    http->expect({.url = silent.url("/silent"), .timeout = std::chrono::minutes(5)});
    http.reset();
    CHECK(std::chrono::steady_clock::now() - begin < std::chrono::minutes(1));
}
