// Requests and outcomes as bytes.
#include "host/http_wire.h"

#include <doctest/doctest.h>

using namespace dray::host;

TEST_CASE("a request comes out as it went in, with whatever bytes it holds") {
    const HttpRequest request{.url = "http://a.test/?q=\xff",
                              .timeout = std::chrono::milliseconds(1500),
                              .body_limit = 7,
                              .follow_redirects = true,
                              .headers = {{"X-A", ""}, {"X-B", std::string("b\0c", 3)}},
                              .unix_socket = "/run/a.sock",
                              .ca_file = "/etc/a.pem"};
    std::string come = http_message(3, std::optional(request));
    const auto message = take_http_message(come);
    REQUIRE(message);
    CHECK(come.empty());
    const auto [number, read] = read_http_request(*message);
    CHECK(number == 3);
    REQUIRE(read);
    CHECK(*read == request);
    come = http_message(0, std::optional<HttpRequest>());
    CHECK_FALSE(read_http_request(take_http_message(come).value()).second);
}

TEST_CASE("an outcome comes out as it went in, an answer or an error") {
    std::string come = http_message(
        9,
        HttpOutcome(HttpResponse{.status = 304, .body = std::string("a\0b", 3), .headers = {{"etag", "x"}}}));
    come += http_message(10, HttpOutcome(dray::Error("cannot get x", "refused", "start it")));
    const auto [first, answered] = read_http_outcome(take_http_message(come).value());
    CHECK(first == 9);
    const auto& response = std::get<HttpResponse>(answered);
    CHECK(response.status == 304);
    CHECK(response.body == std::string("a\0b", 3));
    CHECK(response.headers.at("etag") == "x");
    const auto [second, failed] = read_http_outcome(take_http_message(come).value());
    CHECK(second == 10);
    CHECK(std::get<dray::Error>(failed).parts().hint == "start it");
}

TEST_CASE("a message is taken once all of it has come, and one that is cut short inside is an error") {
    const std::string whole = http_message(1, std::optional(HttpRequest{.url = "http://a.test/"}));
    for (std::size_t size = 0; size < whole.size(); ++size) {
        std::string come = whole.substr(0, size);
        CHECK_FALSE(take_http_message(come));
        CHECK(come.size() == size);
    }
    std::string come = whole;
    const auto message = take_http_message(come).value();
    CHECK_THROWS_AS(read_http_request(message.substr(0, message.size() - 9)), dray::Error);
}
