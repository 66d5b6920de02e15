// One HTTP request as libcurl takes it, and its answer as dray has it.
#include "host/curl_request.h"

#include "error.h"
#include "host/interrupt.h"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <cctype>
#include <exception>
#include <new>
#include <utility>

namespace dray::host {
namespace {

struct CloseUrl {
    void operator()(CURLU* url) const { CurlLibrary::get().url_cleanup(url); }
};

struct FreeText {
    void operator()(char* text) const { CurlLibrary::get().free(text); }
};

/// libcurl's CURLOPT_XFERINFOFUNCTION, called about once a second and after each signal: ends the exchange
/// when the run is to stop.
int stop_when_interrupted(void*, curl_off_t, curl_off_t, curl_off_t, curl_off_t) noexcept {
    return interrupted() != 0 ? 1 : 0;
}

/// Header lines as libcurl takes them.
CurlList header_lines(const std::map<std::string, std::string>& headers) {
    check_headers(headers);
    CurlList list;
    for (const auto& [name, value] : headers) {
        // "Name:" would take the header away, "Name;" sends it empty: CURLOPT_HTTPHEADER(3).
        const std::string line = name + (value.empty() ? ";" : ": " + value);
        curl_slist* const longer = CurlLibrary::get().slist_append(list.get(), line.c_str());
        if (longer == nullptr) throw std::bad_alloc();
        static_cast<void>(list.release());
        list.reset(longer);
    }
    return list;
}

std::map<std::string, std::string> answered_headers(const CurlHandle& handle) {
    std::map<std::string, std::string> headers;
    const auto next = CurlLibrary::get().easy_nextheader;
    for (curl_header* header = next(handle.get(), CURLH_HEADER, -1, nullptr); header != nullptr;
         header = next(handle.get(), CURLH_HEADER, -1, header)) {
        std::string name = header->name;
        std::ranges::transform(name, name.begin(),
                               [](unsigned char byte) { return static_cast<char>(std::tolower(byte)); });
        headers[name] = header->value;
    }
    return headers;
}

}  // namespace

std::string shown_url(const std::string& url) {
    const auto& curl = CurlLibrary::get();
    const std::unique_ptr<CURLU, CloseUrl> parsed(curl.url());
    if (parsed && curl.url_set(parsed.get(), CURLUPART_URL, url.c_str(), 0) == CURLUE_OK) {
        curl.url_set(parsed.get(), CURLUPART_USER, nullptr, 0);
        curl.url_set(parsed.get(), CURLUPART_PASSWORD, nullptr, 0);
        char* text = nullptr;
        if (curl.url_get(parsed.get(), CURLUPART_URL, &text, 0) == CURLUE_OK)
            return std::unique_ptr<char, FreeText>(text).get();
    }
    const auto at = url.rfind('@');
    return at == std::string::npos ? url : "…" + url.substr(at);
}

std::optional<std::string> host_of_url(const std::string& url) {
    const auto& curl = CurlLibrary::get();
    const std::unique_ptr<CURLU, CloseUrl> parsed(curl.url());
    if (!parsed || curl.url_set(parsed.get(), CURLUPART_URL, url.c_str(), 0) != CURLUE_OK) return {};
    const auto part = [&](CURLUPart wanted) {
        char* text = nullptr;
        if (curl.url_get(parsed.get(), wanted, &text, 0) != CURLUE_OK) return std::string();
        return std::string(std::unique_ptr<char, FreeText>(text).get());
    };
    const std::string port = part(CURLUPART_PORT);
    return part(CURLUPART_HOST) + (port.empty() ? "" : ":" + port);
}

CurlHandle curl_handle(const std::string& attempt) {
    CurlHandle handle(CurlLibrary::get().easy_init());
    if (!handle) throw Error(attempt, "libcurl could not be set up");
    return handle;
}

void set_up_connection(const CurlHandle& handle, const std::string& url,
                       const std::filesystem::path& unix_socket, std::chrono::milliseconds time) {
    set_option(handle, CURLOPT_URL, url.c_str());
    set_option(handle, CURLOPT_NOSIGNAL, 1L);
    set_option(handle, CURLOPT_PROXY, "");  // see http.h
    if (!unix_socket.empty()) set_option(handle, CURLOPT_UNIX_SOCKET_PATH, unix_socket.c_str());
    // 0 would mean no limit to libcurl.
    set_option(handle, CURLOPT_TIMEOUT_MS,
               static_cast<long>(std::max<std::chrono::milliseconds::rep>(time.count(), 1)));
    set_option(handle, CURLOPT_NOPROGRESS, 0L);
    set_option(handle, CURLOPT_XFERINFOFUNCTION, stop_when_interrupted);
}

CurlExchange::CurlExchange(const CurlHandle& handle, const HttpRequest& request, std::string url,
                           const char* protocols, bool send_headers, std::chrono::milliseconds time)
    : handle_(handle), url_(std::move(url)), body_{.text = {}, .limit = request.body_limit} {
    if (send_headers) headers_ = header_lines(request.headers);
    set_up_connection(handle, url_, request.unix_socket, time);
    set_option(handle, CURLOPT_HTTPHEADER, headers_.get());
    set_option(handle, CURLOPT_PROTOCOLS_STR, protocols);
    set_option(handle, CURLOPT_USERAGENT, "dray");
    if (!request.ca_file.empty()) {
        set_option(handle, CURLOPT_CAINFO, request.ca_file.c_str());
        set_option(handle, CURLOPT_CAPATH,
                   static_cast<const char*>(nullptr));  // else the system's stay trusted
    }
    set_option(handle, CURLOPT_WRITEFUNCTION, take);
    set_option(handle, CURLOPT_WRITEDATA, static_cast<void*>(&body_));
    set_option(handle, CURLOPT_ERRORBUFFER, message_.data());
}

CurlExchange::~CurlExchange() {
    // What they point to is about to go; the handle may live on.
    const auto& curl = CurlLibrary::get();
    curl.easy_setopt(handle_.get(), CURLOPT_ERRORBUFFER, nullptr);
    curl.easy_setopt(handle_.get(), CURLOPT_HTTPHEADER, nullptr);
}

/// libcurl's CURLOPT_WRITEFUNCTION. No exception may pass through C: running out of memory is a failed write.
std::size_t CurlExchange::take(char* data, std::size_t size, std::size_t count, void* user) noexcept {
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

HttpResponse CurlExchange::response(CURLcode result) {
    const auto& curl = CurlLibrary::get();
    if (result == CURLE_ABORTED_BY_CALLBACK) throw_if_interrupted();
    if (body_.too_long)
        throw Error("cannot get " + shown_url(url_),
                    fmt::format("the answer is longer than {} bytes", body_.limit));
    if (result != CURLE_OK)
        throw Error("cannot get " + shown_url(url_),
                    message_.front() != '\0' ? message_.data() : curl.easy_strerror(result));
    long status = 0;
    curl.easy_getinfo(handle_.get(), CURLINFO_RESPONSE_CODE, &status);
    return {.status = static_cast<int>(status),
            .body = std::move(body_.text),
            .headers = answered_headers(handle_)};
}

}  // namespace dray::host
