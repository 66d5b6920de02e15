// Several requests at the same time, through libcurl's multi interface.
#pragma once

#include "host/http.h"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <vector>

namespace dray::host {

/// Requests that are under way at the same time.
class HttpTransfers {
  public:
    /// Loads libcurl. Throws Error when it cannot be set up.
    HttpTransfers();
    ~HttpTransfers();
    HttpTransfers(const HttpTransfers&) = delete;
    HttpTransfers& operator=(const HttpTransfers&) = delete;

    /// Begins a request, under a number that no other has now. A redirect is an answer. Throws Error for what
    /// cannot be sent.
    void add(std::uint64_t number, const HttpRequest& request);
    /// Gives up all that is under way.
    void drop();
    bool running() const { return !members_.empty(); }

    /// Goes on with all of them, and hands over how those came out that have ended. Throws Error.
    void perform(const std::function<void(std::uint64_t, HttpOutcome)>& ended);
    /// Waits until there is something to go on with, the descriptor `wake` is readable, or a second is over.
    /// -1 is no descriptor.
    void wait(int wake);

  private:
    class Multi;
    class Member;

    std::unique_ptr<Multi> multi_;
    std::map<std::uint64_t, std::unique_ptr<Member>> members_;
};

/// As Http::get_all.
std::vector<HttpOutcome> get_all_here(const std::vector<HttpRequest>& requests);

}  // namespace dray::host
