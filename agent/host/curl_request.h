// One HTTP request as libcurl takes it, and its answer as dray has it.
#pragma once

#include "host/curl_library.h"
#include "host/http.h"

#include <array>
#include <chrono>
#include <memory>
#include <optional>
#include <string>

namespace dray::host {

struct CloseCurl {
    void operator()(CURL* handle) const { CurlLibrary::get().easy_cleanup(handle); }
};
using CurlHandle = std::unique_ptr<CURL, CloseCurl>;

struct FreeCurlList {
    void operator()(curl_slist* list) const { CurlLibrary::get().slist_free_all(list); }
};
using CurlList = std::unique_ptr<curl_slist, FreeCurlList>;

/// The URL as it may be shown: without a password.
std::string shown_url(const std::string& url);

/// The host that a URL names, with its port when it names one; nothing when libcurl does not understand it.
std::optional<std::string> host_of_url(const std::string& url);

/// A new easy handle. Throws Error that begins with `attempt`.
CurlHandle curl_handle(const std::string& attempt);

/// curl_easy_setopt(3). Throws Error.
template <typename Value>
void set_option(const CurlHandle& handle, CURLoption option, Value value) {
    const auto& curl = CurlLibrary::get();
    const CURLcode result = curl.easy_setopt(handle.get(), option, value);
    if (result != CURLE_OK) throw Error("cannot set up an HTTP request", curl.easy_strerror(result));
}

/// What requests and bare connections have in common: no proxy, no signals, a time limit, and an end when the
/// run is to stop.
void set_up_connection(const CurlHandle& handle, const std::string& url,
                       const std::filesystem::path& unix_socket, std::chrono::milliseconds time);

/// One request under way. It holds what its handle points to, so it stays where it is and outlives the
/// exchange.
class CurlExchange {
  public:
    /// Readies the handle. `protocols` as in CURLOPT_PROTOCOLS_STR(3). Throws Error.
    CurlExchange(const CurlHandle& handle, const HttpRequest& request, std::string url, const char* protocols,
                 bool send_headers, std::chrono::milliseconds time);
    ~CurlExchange();
    CurlExchange(const CurlExchange&) = delete;
    CurlExchange& operator=(const CurlExchange&) = delete;

    /// The answer, now that the exchange has ended with this code. Throws Error when there is none.
    HttpResponse response(CURLcode result);

  private:
    struct Body {
        std::string text;
        std::size_t limit;
        bool too_long = false;
    };

    static std::size_t take(char* data, std::size_t size, std::size_t count, void* body) noexcept;

    const CurlHandle& handle_;
    std::string url_;
    CurlList headers_;
    Body body_;
    std::array<char, CURL_ERROR_SIZE> message_{};
};

}  // namespace dray::host
