// Seam to HTTP: single GET requests with a time limit and a bounded answer.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>

namespace dray::host {

struct HttpRequest {
    std::string url;                                               ///< http: or https: only
    std::chrono::milliseconds timeout = std::chrono::seconds(10);  ///< for the whole exchange
    std::size_t body_limit = 1u << 20;                             ///< a longer body is an Error
    bool follow_redirects = false;                                 ///< at most 5, never from https to http
};

struct HttpResponse {
    int status = 0;  ///< 200, 503, …
    std::string body = {};
};

/// Asks web servers.
class Http {
  public:
    virtual ~Http() = default;

    /// The server's answer, whatever its status. Throws Error when there is none: refused, timed out, too
    /// long, a certificate that does not verify.
    virtual HttpResponse get(const HttpRequest& request) const = 0;
};

/// The real thing: libcurl's easy interface, set up at the first request. No proxy is used, whatever the
/// environment says: an answer must not depend on the shell that dray was started from, and what is asked are
/// mostly services of this host.
class CurlHttp final : public Http {
  public:
    HttpResponse get(const HttpRequest& request) const override;
};

}  // namespace dray::host
