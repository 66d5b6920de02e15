// Several requests at the same time, through libcurl's multi interface.
#include "host/http_parallel.h"

#include "error.h"
#include "host/curl_request.h"
#include "host/interrupt.h"

#include <cstddef>
#include <utility>

namespace dray::host {
namespace {

constexpr auto asking = "cannot make several HTTP requests";
// What browsers open to one server at a time; the other requests wait for these connections, and use them
// again.
constexpr long connections_per_host = 6;
constexpr int longest_wait = 1000;  // ms

void check(CURLMcode code) {
    if (code != CURLM_OK) throw Error(asking, CurlLibrary::get().multi_strerror(code));
}

}  // namespace

class HttpTransfers::Multi {
  public:
    Multi() : handle_(CurlLibrary::get().multi_init()) {
        if (handle_ == nullptr) throw Error(asking, "libcurl could not be set up");
    }
    ~Multi() { CurlLibrary::get().multi_cleanup(handle_); }
    Multi(const Multi&) = delete;
    Multi& operator=(const Multi&) = delete;
    CURLM* get() const { return handle_; }

  private:
    CURLM* handle_;
};

/// One of the requests, with the connection that it is made on. It leaves the multi handle before its own
/// goes.
class HttpTransfers::Member {
  public:
    Member(CURLM* multi, const HttpRequest& request)
        : multi_(multi),
          handle_(curl_handle(asking)),
          exchange_(handle_, request, request.url, "http,https", true, request.timeout) {
        check(CurlLibrary::get().multi_add_handle(multi_, handle_.get()));
    }
    ~Member() { CurlLibrary::get().multi_remove_handle(multi_, handle_.get()); }
    Member(const Member&) = delete;
    Member& operator=(const Member&) = delete;

    CURL* handle() const { return handle_.get(); }

    HttpOutcome outcome(CURLcode result) {
        try {
            return exchange_.response(result);
        } catch (const Error& error) {
            throw_if_interrupted();
            return error;
        }
    }

  private:
    CURLM* multi_;
    CurlHandle handle_;
    CurlExchange exchange_;
};

HttpTransfers::HttpTransfers() : multi_(std::make_unique<Multi>()) {
    check(
        CurlLibrary::get().multi_setopt(multi_->get(), CURLMOPT_MAX_HOST_CONNECTIONS, connections_per_host));
}

HttpTransfers::~HttpTransfers() {
    drop();
}

void HttpTransfers::add(std::uint64_t number, const HttpRequest& request) {
    if (request.url.find('\0') != std::string::npos) throw Error(asking, "a URL has a zero byte in it");
    members_[number] = std::make_unique<Member>(multi_->get(), request);
}

void HttpTransfers::drop() {
    members_.clear();
}

void HttpTransfers::perform(const std::function<void(std::uint64_t, HttpOutcome)>& ended) {
    const auto& curl = CurlLibrary::get();
    int running = 0;
    check(curl.multi_perform(multi_->get(), &running));
    std::vector<std::pair<CURL*, CURLcode>> results;  // what libcurl tells of a handle goes with it
    int left = 0;
    while (const CURLMsg* const message = curl.multi_info_read(multi_->get(), &left))
        if (message->msg == CURLMSG_DONE) results.emplace_back(message->easy_handle, message->data.result);
    for (const auto& [handle, result] : results) {
        for (auto member = members_.begin(); member != members_.end(); ++member) {
            if (member->second->handle() != handle) continue;
            auto outcome = member->second->outcome(result);
            const auto number = member->first;
            members_.erase(member);
            ended(number, std::move(outcome));
            break;
        }
    }
}

void HttpTransfers::wait(int wake) {
    curl_waitfd other{.fd = wake, .events = CURL_WAIT_POLLIN, .revents = 0};
    check(CurlLibrary::get().multi_poll(multi_->get(), &other, wake < 0 ? 0U : 1U, longest_wait, nullptr));
}

std::vector<HttpOutcome> get_all_here(const std::vector<HttpRequest>& requests) {
    std::vector<HttpOutcome> outcomes(requests.size());
    if (requests.empty()) return outcomes;
    throw_if_interrupted();
    HttpTransfers transfers;
    for (std::size_t place = 0; place < requests.size(); ++place)
        transfers.add(place, requests[place]);
    while (transfers.running()) {
        transfers.perform([&](std::uint64_t place, HttpOutcome outcome) {
            outcomes[static_cast<std::size_t>(place)] = std::move(outcome);
        });
        throw_if_interrupted();
        if (transfers.running()) transfers.wait(interrupt_descriptor());
    }
    return outcomes;
}

}  // namespace dray::host
