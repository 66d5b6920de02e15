// Requests and connections through libcurl's easy interface.
#include "error.h"
#include "host/http.h"
#include "host/interrupt.h"

#include <curl/curl.h>
#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <array>
#include <memory>
#include <new>
#include <string_view>

namespace dray::host {
namespace {

constexpr int redirect_limit = 5;  // as the header promises; browsers take 20, health checks need none

struct CloseHandle {
    void operator()(CURL* handle) const { ::curl_easy_cleanup(handle); }
};
using Handle = std::unique_ptr<CURL, CloseHandle>;

struct CloseUrl {
    void operator()(CURLU* url) const { ::curl_url_cleanup(url); }
};

struct FreeList {
    void operator()(curl_slist* list) const { ::curl_slist_free_all(list); }
};
using List = std::unique_ptr<curl_slist, FreeList>;

struct FreeText {
    void operator()(char* text) const { ::curl_free(text); }
};

/// Once in the life of the program, at the first request: it reads TLS configuration, which costs
/// milliseconds.
void set_up_library() {
    static const CURLcode result = ::curl_global_init(CURL_GLOBAL_DEFAULT);
    if (result != CURLE_OK) throw Error("cannot set up libcurl", ::curl_easy_strerror(result));
}

/// The URL as it may be shown: without a password.
std::string shown(const std::string& url) {
    const std::unique_ptr<CURLU, CloseUrl> parsed(::curl_url());
    if (parsed && ::curl_url_set(parsed.get(), CURLUPART_URL, url.c_str(), 0) == CURLUE_OK) {
        ::curl_url_set(parsed.get(), CURLUPART_USER, nullptr, 0);
        ::curl_url_set(parsed.get(), CURLUPART_PASSWORD, nullptr, 0);
        char* text = nullptr;
        if (::curl_url_get(parsed.get(), CURLUPART_URL, &text, 0) == CURLUE_OK)
            return std::unique_ptr<char, FreeText>(text).get();
    }
    const auto at = url.rfind('@');
    return at == std::string::npos ? url : "…" + url.substr(at);
}

struct Body {
    std::string text;
    std::size_t limit;
    bool too_long = false;
};

/// libcurl's CURLOPT_WRITEFUNCTION. No exception may pass through C: running out of memory is a failed write.
std::size_t take(char* data, std::size_t size, std::size_t count, void* user) noexcept {
    auto& body = *static_cast<Body*>(user);
    const std::size_t bytes = size * count;
    if (bytes > body.limit - body.text.size()) {
        body.too_long = true;
        return CURL_WRITEFUNC_ERROR;
    }
    try {
        body.text.append(data, bytes);
    } catch (const std::exception&) {
        return CURL_WRITEFUNC_ERROR;
    }
    return bytes;
}

/// libcurl's CURLOPT_XFERINFOFUNCTION, called about once a second and after each signal: ends the exchange
/// when the run is to stop.
int stop_when_interrupted(void*, curl_off_t, curl_off_t, curl_off_t, curl_off_t) noexcept {
    return interrupted() != 0 ? 1 : 0;
}

template <typename Value>
void set(const Handle& handle, CURLoption option, Value value) {
    const CURLcode result = ::curl_easy_setopt(handle.get(), option, value);
    if (result != CURLE_OK) throw Error("cannot set up an HTTP request", ::curl_easy_strerror(result));
}

struct Answer {
    HttpResponse response;
    std::string location;  ///< where a redirect leads; "" when it is none
};

/// What requests and bare connections have in common.
void set_up(const Handle& handle, const std::string& url, const std::filesystem::path& unix_socket,
            std::chrono::milliseconds time) {
    set(handle, CURLOPT_URL, url.c_str());
    set(handle, CURLOPT_NOSIGNAL, 1L);
    set(handle, CURLOPT_PROXY, "");  // see http.h
    if (!unix_socket.empty()) set(handle, CURLOPT_UNIX_SOCKET_PATH, unix_socket.c_str());
    // 0 would mean no limit to libcurl.
    set(handle, CURLOPT_TIMEOUT_MS,
        static_cast<long>(std::max<std::chrono::milliseconds::rep>(time.count(), 1)));
    set(handle, CURLOPT_NOPROGRESS, 0L);
    set(handle, CURLOPT_XFERINFOFUNCTION, stop_when_interrupted);
}

/// Header lines as libcurl takes them.
List header_lines(const std::map<std::string, std::string>& headers) {
    check_headers(headers);
    List list;
    for (const auto& [name, value] : headers) {
        // "Name:" would take the header away, "Name;" sends it empty: CURLOPT_HTTPHEADER(3).
        const std::string line = name + (value.empty() ? ";" : ": " + value);
        curl_slist* const longer = ::curl_slist_append(list.get(), line.c_str());
        if (longer == nullptr) throw std::bad_alloc();
        static_cast<void>(list.release());
        list.reset(longer);
    }
    return list;
}

Answer exchange(const Handle& handle, const std::string& url, const char* protocols,
                const HttpRequest& request, std::chrono::milliseconds time) {
    const auto body_limit = request.body_limit;
    Body body{.text = {}, .limit = body_limit};
    std::array<char, CURL_ERROR_SIZE> message{};
    set_up(handle, url, request.unix_socket, time);
    set(handle, CURLOPT_PROTOCOLS_STR, protocols);
    set(handle, CURLOPT_USERAGENT, "dray");
    if (!request.ca_file.empty()) {
        set(handle, CURLOPT_CAINFO, request.ca_file.c_str());
        set(handle, CURLOPT_CAPATH, static_cast<const char*>(nullptr));  // else the system's stay trusted
    }
    set(handle, CURLOPT_WRITEFUNCTION, take);
    set(handle, CURLOPT_WRITEDATA, static_cast<void*>(&body));
    set(handle, CURLOPT_ERRORBUFFER, message.data());
    const CURLcode result = ::curl_easy_perform(handle.get());
    ::curl_easy_setopt(handle.get(), CURLOPT_ERRORBUFFER, nullptr);  // it is about to go

    const std::string attempt = "cannot get " + shown(url);
    if (body.too_long) throw Error(attempt, fmt::format("the answer is longer than {} bytes", body_limit));
    if (result == CURLE_ABORTED_BY_CALLBACK) throw_if_interrupted();
    if (result != CURLE_OK)
        throw Error(attempt, message.front() != '\0' ? message.data() : ::curl_easy_strerror(result));
    long status = 0;
    char* location = nullptr;
    ::curl_easy_getinfo(handle.get(), CURLINFO_RESPONSE_CODE, &status);
    ::curl_easy_getinfo(handle.get(), CURLINFO_REDIRECT_URL, &location);
    return {.response = {.status = static_cast<int>(status), .body = std::move(body.text)},
            .location = location != nullptr ? location : ""};
}

bool is_secure(const Handle& handle) {
    char* scheme = nullptr;
    ::curl_easy_getinfo(handle.get(), CURLINFO_SCHEME, &scheme);
    return scheme != nullptr && (std::string_view(scheme) == "https" || std::string_view(scheme) == "HTTPS");
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
    set_up_library();
    const Handle handle(::curl_easy_init());
    if (!handle) throw Error(attempt, "libcurl could not be set up");
    // With a socket the URL is not looked at, but there has to be one.
    const std::string url = "http://" + (endpoint.unix_socket.empty() ? endpoint.text() : "localhost") + "/";
    set_up(handle, url, endpoint.unix_socket, endpoint.timeout);
    set(handle, CURLOPT_CONNECT_ONLY, 1L);
    const CURLcode result = ::curl_easy_perform(handle.get());
    if (result == CURLE_OK) return;
    if (result == CURLE_ABORTED_BY_CALLBACK) throw_if_interrupted();
    long code = 0;
    ::curl_easy_getinfo(handle.get(), CURLINFO_OS_ERRNO, &code);
    if (result == CURLE_COULDNT_CONNECT && code != 0) throw Error::system(attempt, static_cast<int>(code));
    throw Error(attempt, ::curl_easy_strerror(result));
}

HttpResponse CurlHttp::get(const HttpRequest& request) const {
    using std::chrono::milliseconds;
    const auto start = std::chrono::steady_clock::now();
    const std::string attempt = "cannot get " + shown(request.url);
    if (request.url.find('\0') != std::string::npos)
        throw Error("cannot get a URL", "it has a zero byte in it");
    throw_if_interrupted();
    set_up_library();
    const Handle handle(::curl_easy_init());
    if (!handle) throw Error(attempt, "libcurl could not be set up");
    std::string url = request.url;
    bool secure = false;
    const List headers = header_lines(request.headers);
    set(handle, CURLOPT_HTTPHEADER, headers.get());
    // Redirects are followed here and not by libcurl: its own limit on protocols knows the first URL only, so
    // that http → https → http would pass.
    for (int redirects = 0;; ++redirects) {
        const auto spent = std::chrono::floor<milliseconds>(std::chrono::steady_clock::now() - start);
        Answer answer =
            exchange(handle, url, secure ? "https" : "http,https", request, request.timeout - spent);
        if (!request.follow_redirects || answer.location.empty()) return std::move(answer.response);
        if (redirects == redirect_limit)
            throw Error(attempt, fmt::format("more than {} redirects", redirect_limit));
        secure = secure || is_secure(handle);
        url = answer.location;
        set(handle, CURLOPT_HTTPHEADER, static_cast<curl_slist*>(nullptr));
        if (secure && url.compare(0, 6, "https:") != 0)
            throw Error(attempt, "it redirects from https to " + shown(url), "dray never follows that");
    }
}

}  // namespace dray::host
