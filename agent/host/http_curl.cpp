// Requests and connections one at a time, through libcurl's easy interface.
#include "error.h"
#include "host/curl_request.h"
#include "host/http.h"
#include "host/interrupt.h"

#include <spdlog/fmt/fmt.h>

#include <string_view>
#include <utility>

namespace dray::host {
namespace {

constexpr int redirect_limit = 5;  // as the header promises; browsers take 20, health checks need none

bool is_secure(const CurlHandle& handle) {
    char* scheme = nullptr;
    CurlLibrary::get().easy_getinfo(handle.get(), CURLINFO_SCHEME, &scheme);
    return scheme != nullptr && (std::string_view(scheme) == "https" || std::string_view(scheme) == "HTTPS");
}

struct Answer {
    HttpResponse response;
    std::string location;  ///< where a redirect leads; "" when it is none
};

Answer exchange(const CurlHandle& handle, const std::string& url, bool secure, bool first,
                const HttpRequest& request, std::chrono::milliseconds time) {
    const auto& curl = CurlLibrary::get();
    CurlExchange one(handle, request, url, secure ? "https" : "http,https", first, time);
    Answer answer{.response = one.response(curl.easy_perform(handle.get())), .location = {}};
    char* location = nullptr;
    curl.easy_getinfo(handle.get(), CURLINFO_REDIRECT_URL, &location);
    if (location != nullptr) answer.location = location;
    return answer;
}

}  // namespace

void check_headers(const std::map<std::string, std::string>& headers) {
    for (const auto& [name, value] : headers) {
        const bool broken = name.empty() ||
                            name.find_first_of(std::string_view(" \t:;\r\n\0", 7)) != name.npos ||
                            value.find_first_of(std::string_view("\r\n\0", 3)) != value.npos;
        if (broken) throw Error("cannot send the HTTP header " + name, "it is not one line");
    }
}

std::string Endpoint::text() const {
    if (!unix_socket.empty()) return unix_socket.string();
    const bool is_ipv6 = host.find(':') != std::string::npos;
    return fmt::format("{}:{}", is_ipv6 ? "[" + host + "]" : host, port);
}

void CurlHttp::connect(const Endpoint& endpoint) const {
    const std::string attempt = "cannot connect to " + endpoint.text();
    throw_if_interrupted();
    const auto& curl = CurlLibrary::get();
    const auto handle = curl_handle(attempt);
    // With a socket the URL is not looked at, but there has to be one.
    const std::string url = "http://" + (endpoint.unix_socket.empty() ? endpoint.text() : "localhost") + "/";
    set_up_connection(handle, url, endpoint.unix_socket, endpoint.timeout);
    set_option(handle, CURLOPT_CONNECT_ONLY, 1L);
    const CURLcode result = curl.easy_perform(handle.get());
    if (result == CURLE_OK) return;
    if (result == CURLE_ABORTED_BY_CALLBACK) throw_if_interrupted();
    long code = 0;
    curl.easy_getinfo(handle.get(), CURLINFO_OS_ERRNO, &code);
    if (result == CURLE_COULDNT_CONNECT && code != 0) throw Error::system(attempt, static_cast<int>(code));
    throw Error(attempt, curl.easy_strerror(result));
}

HttpResponse CurlHttp::get(const HttpRequest& request) const {
    using std::chrono::milliseconds;
    const auto start = std::chrono::steady_clock::now();
    if (request.url.find('\0') != std::string::npos)
        throw Error("cannot get a URL", "it has a zero byte in it");
    throw_if_interrupted();
    const std::string attempt = "cannot get " + shown_url(request.url);
    const auto handle = curl_handle(attempt);
    std::string url = request.url;
    bool secure = false;
    // Redirects are followed here and not by libcurl: its own limit on protocols knows the first URL only, so
    // that http → https → http would pass.
    for (int redirects = 0;; ++redirects) {
        const auto spent = std::chrono::floor<milliseconds>(std::chrono::steady_clock::now() - start);
        Answer answer = exchange(handle, url, secure, redirects == 0, request, request.timeout - spent);
        if (!request.follow_redirects || answer.location.empty()) return std::move(answer.response);
        if (redirects == redirect_limit)
            throw Error(attempt, fmt::format("more than {} redirects", redirect_limit));
        secure = secure || is_secure(handle);
        url = answer.location;
        if (secure && url.compare(0, 6, "https:") != 0)
            throw Error(attempt, "it redirects from https to " + shown_url(url), "dray never follows that");
    }
}

HttpResponse CurlHttp::post(const HttpRequest& request, const std::string& body) const {
    if (request.url.find('\0') != std::string::npos)
        throw Error("cannot send to a URL", "it has a zero byte in it");
    throw_if_interrupted();
    const auto& curl = CurlLibrary::get();
    const auto server = host_of_url(request.url);
    const std::string attempt = "cannot send to " + server.value_or("a URL");
    if (!server) throw Error(attempt, "it is none");
    const auto handle = curl_handle(attempt);
    CurlExchange one(handle, request, request.url, "http,https", true, request.timeout);
    set_option(handle, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body.size()));
    set_option(handle, CURLOPT_POSTFIELDS, body.c_str());  // it outlives the handle
    const CURLcode result = curl.easy_perform(handle.get());
    if (result == CURLE_ABORTED_BY_CALLBACK) throw_if_interrupted();
    try {
        return one.response(result);
    } catch (const Error& error) {
        throw Error(attempt, error.parts().cause);
    }
}

}  // namespace dray::host
