// Web servers that are played by a unit test.
#pragma once

#include "error.h"
#include "host/http.h"

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace dray::host {

/// Answers as told; a URL that nothing was told about refuses the connection.
class ScriptedHttp final : public Http {
  public:
    HttpResponse get(const HttpRequest& request) const override;
    std::vector<HttpOutcome> get_all(const std::vector<HttpRequest>& requests) const override;
    /// Answers as to a GET.
    HttpResponse post(const HttpRequest& request, const std::string& body) const override;
    void connect(const Endpoint& endpoint) const override;
    void expect(const HttpRequest& request) const override;
    std::optional<HttpResponse> expected(const HttpRequest& request) const override;
    void forget_expected() const override { ahead_.clear(); }

    /// From now on what is expected is asked at once; otherwise nothing is known of it.
    void ask_ahead() { asks_ahead_ = true; }

    /// The next answers of a URL, one request each; the last one stays.
    void answer(const std::string& url, HttpResponse response);
    /// As `answer`, but there is no answer for this reason.
    void fail(const std::string& url, const std::string& cause);

    /// All answers of a URL from now on are what this returns or throws.
    void play(const std::string& url, std::function<HttpResponse()> server) {
        servers_[url] = std::move(server);
    }

    /// From the attempt after so many on, somebody listens at this endpoint, as Endpoint::text() has it.
    void listen(const std::string& endpoint, int after = 0) { listeners_[endpoint] = after; }

    /// The URLs that were asked, in order.
    const std::vector<std::string>& asked() const { return asked_; }
    /// The last request.
    const HttpRequest& request() const { return request_; }
    /// What the last POST sent.
    const std::string& posted() const { return posted_; }
    /// The last endpoint that was called.
    const Endpoint& endpoint() const { return endpoint_; }

  private:
    using Answer = std::variant<HttpResponse, Error>;
    mutable std::map<std::string, std::vector<Answer>> answers_;
    std::map<std::string, std::function<HttpResponse()>> servers_;
    mutable std::vector<std::string> asked_;
    mutable std::map<std::string, int> listeners_;
    bool asks_ahead_ = false;
    mutable std::map<std::string, HttpResponse> ahead_;  ///< by URL
    mutable HttpRequest request_;
    mutable std::string posted_;
    mutable Endpoint endpoint_;
};

}  // namespace dray::host
