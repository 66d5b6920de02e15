// Seam to servers: HTTP requests with a time limit and a bounded answer, and whether anybody listens.
#pragma once

#include "error.h"
#include "host/http_worker.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace dray::host {

/// What a server is asked.
struct HttpRequest {
    std::string url;                                               ///< http: or https: only
    std::chrono::milliseconds timeout = std::chrono::seconds(10);  ///< for the whole exchange
    std::size_t body_limit = 1u << 20;                             ///< a longer body is an Error
    bool follow_redirects = false;                                 ///< at most 5, never from https to http
    /// Sent along, to where the URL leads and not to where a redirect does; never part of a message, since
    /// they may hold a token.
    std::map<std::string, std::string> headers = {};
    std::filesystem::path unix_socket = {};  ///< connect here, whatever host and port the URL has
    std::filesystem::path ca_file = {};      ///< trust these certificates (PEM) in place of the system's

    bool operator==(const HttpRequest&) const = default;
};

/// What it answers.
struct HttpResponse {
    int status = 0;  ///< 200, 503, …
    std::string body = {};
    /// The answer's headers by their names in small letters; of several of one name the last one.
    std::map<std::string, std::string> headers = {};
};

/// One of several requests: its answer, or why there is none.
using HttpOutcome = std::variant<HttpResponse, Error>;

/// Throws Error when a header's name or value cannot be sent as one line. The message has no value in it.
void check_headers(const std::map<std::string, std::string>& headers);

/// Where a server listens: a host and a port, or a Unix socket.
struct Endpoint {
    std::string host = {};  ///< a name or an address, IPv6 without brackets
    std::uint16_t port = 0;
    std::filesystem::path unix_socket = {};  ///< when this is given, the two above are not looked at
    std::chrono::milliseconds timeout = std::chrono::seconds(10);

    /// "db.internal:5432", "[::1]:5432" or "/run/x.sock".
    std::string text() const;
};

/// Asks servers.
class Http {
  public:
    virtual ~Http() = default;

    /// The server's answer, whatever its status. Throws Error when there is none: refused, timed out, too
    /// long, a certificate that does not verify.
    virtual HttpResponse get(const HttpRequest& request) const = 0;

    /// All of them at the same time, but for what was expected and has been asked already; the outcomes stand
    /// in the order of the requests. A redirect is never followed here, and is an answer of its own. Throws
    /// Error when a signal asks the run to stop.
    virtual std::vector<HttpOutcome> get_all(const std::vector<HttpRequest>& requests) const = 0;

    /// Sends `body` (POST). The server's answer, whatever its status; a redirect is one, and not followed.
    /// Throws Error as `get` does, which names no more of the URL than its host: the rest of a webhook's is a
    /// secret. Who only asks, as in a dry run, always does.
    virtual HttpResponse post(const HttpRequest&, const std::string& /*body*/) const {
        throw Error("cannot send anything to a server", "this run only asks");
    }

    /// Connects, and hangs up again. Throws Error when nobody takes the call in time.
    virtual void connect(const Endpoint& endpoint) const = 0;

    /// Requests will be made soon, so what they need may be made ready meanwhile.
    virtual void prepare() const {}
    /// The answer to this request will be wanted soon, so it may be asked for meanwhile. `expected` tells it
    /// once, and only while nothing was changed; nothing when it was not asked for, or there is none.
    virtual void expect(const HttpRequest&) const {}
    virtual std::optional<HttpResponse> expected(const HttpRequest&) const { return {}; }
    /// Something on this host is about to be changed, by whatever means: what was answered holds no more.
    virtual void forget_expected() const {}
};

/// The real thing: libcurl, loaded and set up at the first request, or by the worker. No proxy is used,
/// whatever the environment says: an answer must not depend on the shell that dray was started from, and what
/// is asked are mostly services of this host.
class CurlHttp final : public Http {
  public:
    /// With a worker as after `prepare`, which has been going on since that process was started.
    explicit CurlHttp(std::optional<HttpWorker> worker = {});
    ~CurlHttp() override;
    HttpResponse get(const HttpRequest& request) const override;
    std::vector<HttpOutcome> get_all(const std::vector<HttpRequest>& requests) const override;
    HttpResponse post(const HttpRequest& request, const std::string& body) const override;
    void connect(const Endpoint& endpoint) const override;
    void prepare() const override;
    /// Leaves the worker to end with this process, which is about to: nobody waits for it. The kernel takes as
    /// long to tidy up after it as a run without news takes to be reported.
    void leave();
    void expect(const HttpRequest& request) const override;
    std::optional<HttpResponse> expected(const HttpRequest& request) const override;
    void forget_expected() const override;

  private:
    class Ahead;
    mutable std::unique_ptr<Ahead> ahead_;  ///< with a worker, or made when somebody expects something
};

}  // namespace dray::host
