// Requests that are made while dray does other things.
#pragma once

#include "host/http.h"
#include "host/http_worker.h"

#include <cstdint>
#include <list>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace dray::host {

/// Loading libcurl takes longer than most of what a run without news does, and a service's answer to a check
/// as long as all the rest: a process of its own does both meanwhile. In a second thread libcurl would take
/// twice the time, since both would change one address space, and this process would grow by its libraries.
class CurlHttp::Ahead {
  public:
    /// Starts the process.
    Ahead();
    /// Takes over one that was started earlier.
    explicit Ahead(HttpWorker worker) : worker_(std::move(worker)) {}
    /// Ends it, and what is under way.
    ~Ahead();
    Ahead(const Ahead&) = delete;
    Ahead& operator=(const Ahead&) = delete;

    /// Asks at once and does not wait; not twice for the same, and not for what may be redirected.
    void ask(const HttpRequest& request);
    /// The answer, waited for if need be, and then forgotten; nothing when it was not asked for, or there is
    /// none. Throws Error when a signal asks the run to stop, as `get_all`.
    std::optional<HttpResponse> take(const HttpRequest& request);
    /// Does not wait for the end of what is under way.
    void forget();
    /// Lets the process go on until this one ends, and does not wait for it then.
    void leave();

    /// As Http::get_all; nothing when the process is gone.
    std::optional<std::vector<HttpOutcome>> get_all(const std::vector<HttpRequest>& requests);

  private:
    void end();
    std::uint64_t send(const HttpRequest& request);
    bool await(std::uint64_t number);
    void exchange();
    void read();
    void write();

    struct Question {
        HttpRequest request;
        std::uint64_t number;
    };

    HttpWorker worker_;
    std::string to_send_;
    std::string come_;
    std::uint64_t last_number_ = 0;
    std::set<std::uint64_t> open_;  ///< numbers whose outcome is wanted and has not come
    std::map<std::uint64_t, HttpOutcome> outcomes_;
    std::list<Question> questions_;
};

}  // namespace dray::host
