// Requests that are made while dray does other things.
#pragma once

#include "host/descriptor.h"
#include "host/http.h"

#include <condition_variable>
#include <list>
#include <mutex>
#include <optional>
#include <thread>

namespace dray::host {

/// Loading libcurl takes longer than most of what a run without news does, and a service's answer to a check
/// as long as all the rest: a second thread does both meanwhile. It ends when nothing is left to ask.
class CurlHttp::Ahead {
  public:
    Ahead();
    /// Ends what is under way.
    ~Ahead();
    Ahead(const Ahead&) = delete;
    Ahead& operator=(const Ahead&) = delete;

    /// Loads libcurl; that it cannot be loaded is told by the request that needs it.
    void prepare();
    void ask(const HttpRequest& request);
    /// The answer, waited for if need be, and then forgotten; nothing when it was not asked for, or there is
    /// none.
    std::optional<HttpResponse> take(const HttpRequest& request);
    /// Does not wait for the end of what is under way.
    void forget();

  private:
    struct Question {
        HttpRequest request;
        bool asked = false;
        std::optional<HttpOutcome> outcome = {};
    };

    void begin();
    void work();
    bool answer_all();
    void wake();

    Descriptor wake_;
    std::mutex mutex_;  ///< of all that follows but the thread
    std::condition_variable answered_;
    std::list<Question> questions_;
    bool working_ = false;
    int forgotten_ = 0;  ///< how often
    std::thread thread_;
};

}  // namespace dray::host
