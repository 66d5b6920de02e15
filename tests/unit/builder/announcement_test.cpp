// Unit tests of how a result is posted, without a server; host/http_test.cpp has one.
#include "builder/announcement.h"

#include "builder/scratch.h"
#include "error.h"
#include "files.h"
#include "host/http_memory.h"

#include <doctest/doctest.h>

#include <string>

using namespace dray::builder;
using dray::test::write;

namespace {

const std::string hook = "https://chat.internal/hooks/T0K3N?thread=7";

/// What is said when the URL file is this.
std::string refusal(const std::string& text, int mode, const dray::host::ScriptedHttp& http) {
    const Scratch scratch;
    write(scratch.path() / "url", text, mode);
    try {
        post_result(http, scratch.path() / "url", "{}");
    } catch (const dray::Error& error) {
        return error.text();
    }
    return "";
}

}  // namespace

TEST_CASE("a result is posted as JSON to the URL that a file holds") {
    dray::host::ScriptedHttp http;
    http.answer(hook, {.status = 204});
    CHECK(refusal(hook + "\n", 0600, http).empty());
    CHECK(http.posted() == "{}");
    CHECK(http.request().headers.at("Content-Type") == "application/json");
}

TEST_CASE("a URL that others may read is not used, and one that is none neither") {
    const dray::host::ScriptedHttp http;
    for (const int mode : {0644, 0640, 0620, 0602})
        CHECK(refusal(hook, mode, http).find("chmod 600") != std::string::npos);
    for (const char* text : {"", "hook", "file:///etc/passwd", "https://a b", "http://a\nb"}) {
        CAPTURE(text);
        CHECK(refusal(text, 0600, http).find("does not hold one http") != std::string::npos);
    }
    CHECK(http.asked().empty());
    CHECK_THROWS_AS(post_result(http, "/nonexistent/url", "{}"), dray::Error);
    CHECK_THROWS_AS(post_result(http, "/dev/null", "{}"), dray::Error);
}

TEST_CASE("a server that refuses a result is told of without the URL") {
    dray::host::ScriptedHttp http;
    for (const int status : {302, 404, 500}) {
        http = {};
        http.answer(hook, {.status = status});
        const std::string said = refusal(hook, 0600, http);
        CHECK(said.find(std::to_string(status)) != std::string::npos);
        CHECK(said.find("T0K3N") == std::string::npos);
    }
}
