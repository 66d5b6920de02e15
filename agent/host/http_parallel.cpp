// Several requests at the same time, through libcurl's multi interface.
#include "host/http_parallel.h"

#include "error.h"
#include "host/curl_request.h"
#include "host/interrupt.h"

#include <map>
#include <memory>
#include <optional>

namespace dray::host {
namespace {

constexpr auto asking = "cannot make several HTTP requests";
// What browsers open to one server at a time; the other requests wait for these connections, and use them
// again.
constexpr long connections_per_host = 6;
constexpr int longest_wait = 1000;  // ms; an interrupt ends a wait at once

struct CloseMulti {
    void operator()(CURLM* multi) const { CurlLibrary::get().multi_cleanup(multi); }
};
using Multi = std::unique_ptr<CURLM, CloseMulti>;

void check(CURLMcode code) {
    if (code != CURLM_OK) throw Error(asking, CurlLibrary::get().multi_strerror(code));
}

/// One of the requests, with the connection that it is made on. It leaves the multi handle before its own
/// goes.
class Member {
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

}  // namespace

std::vector<HttpOutcome> get_all_until(const std::vector<HttpRequest>& requests, int wake,
                                       const std::function<void()>& look) {
    std::vector<HttpOutcome> outcomes(requests.size());
    if (requests.empty()) return outcomes;
    look();
    const auto& curl = CurlLibrary::get();
    const Multi multi(curl.multi_init());
    if (!multi) throw Error(asking, "libcurl could not be set up");
    check(curl.multi_setopt(multi.get(), CURLMOPT_MAX_HOST_CONNECTIONS, connections_per_host));
    std::map<CURL*, std::size_t> places;
    std::vector<std::unique_ptr<Member>> members;
    for (const auto& request : requests) {
        if (request.url.find('\0') != std::string::npos) throw Error(asking, "a URL has a zero byte in it");
        members.push_back(std::make_unique<Member>(multi.get(), request));
        places[members.back()->handle()] = members.size() - 1;
    }
    for (int running = 1; running > 0;) {
        check(curl.multi_perform(multi.get(), &running));
        int left = 0;
        while (const CURLMsg* const message = curl.multi_info_read(multi.get(), &left)) {
            if (message->msg != CURLMSG_DONE) continue;
            const auto place = places.at(message->easy_handle);
            outcomes[place] = members[place]->outcome(message->data.result);
        }
        look();
        curl_waitfd signals{.fd = wake, .events = CURL_WAIT_POLLIN, .revents = 0};
        const unsigned descriptors = signals.fd < 0 ? 0 : 1;
        if (running > 0) check(curl.multi_poll(multi.get(), &signals, descriptors, longest_wait, nullptr));
    }
    return outcomes;
}

std::vector<HttpOutcome> CurlHttp::get_all(const std::vector<HttpRequest>& requests) const {
    return get_all_until(requests, interrupt_descriptor(), throw_if_interrupted);
}

}  // namespace dray::host
