// Requests that are made while dray does other things.
#include "host/http_ahead.h"

#include "host/blocked_signals.h"
#include "host/curl_library.h"
#include "host/http_parallel.h"
#include "host/interrupt.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <system_error>
#include <utility>
#include <vector>

namespace dray::host {
namespace {

constexpr auto look_interval = std::chrono::milliseconds(50);  // how soon a signal is noticed
constexpr auto dropped = "nobody wants the answer any more";

}  // namespace

CurlHttp::Ahead::Ahead() : wake_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
    if (!wake_) throw Error::system("cannot prepare HTTP requests", errno);
}

CurlHttp::Ahead::~Ahead() {
    forget();
    if (thread_.joinable()) thread_.join();
}

void CurlHttp::Ahead::wake() {
    const std::uint64_t one = 1;
    // An eventfd that is full is readable already, so there is nothing to do about a failure.
    [[maybe_unused]] const auto written = ::write(wake_.get(), &one, sizeof one);
}

/// The mutex is held.
void CurlHttp::Ahead::begin() {
    if (std::exchange(working_, true)) return;
    if (thread_.joinable()) thread_.join();  // it has ended, or is about to
    const BlockedSignals blocked;
    try {
        thread_ = std::thread([this] { work(); });
    } catch (const std::system_error&) {
        // Without another thread (RLIMIT_NPROC, say) everything is asked at its own time.
        working_ = false;
        questions_.clear();
    }
}

void CurlHttp::Ahead::prepare() {
    const std::lock_guard lock(mutex_);
    begin();
}

void CurlHttp::Ahead::ask(const HttpRequest& request) {
    const std::lock_guard lock(mutex_);
    if (request.follow_redirects ||
        std::ranges::find(questions_, request, &Question::request) != questions_.end())
        return;
    questions_.push_back({.request = request});
    begin();
}

void CurlHttp::Ahead::work() {
    try {
        CurlLibrary::get();
    } catch (const Error&) {
    }
    while (answer_all()) {
    }
}

/// Whether there may be more to ask.
bool CurlHttp::Ahead::answer_all() {
    std::vector<HttpRequest> requests;
    int begun = 0;
    {
        const std::lock_guard lock(mutex_);
        std::uint64_t calls = 0;
        [[maybe_unused]] const auto heard = ::read(wake_.get(), &calls, sizeof calls);
        for (auto& question : questions_)
            if (!std::exchange(question.asked, true)) requests.push_back(question.request);
        begun = forgotten_;
        if (requests.empty()) {
            working_ = false;
            return false;
        }
    }
    std::vector<HttpOutcome> outcomes(requests.size(), Error("cannot ask ahead", dropped));
    try {
        outcomes = get_all_until(requests, wake_.get(), [&] {
            const std::lock_guard lock(mutex_);
            if (forgotten_ != begun) throw Error("cannot ask ahead", dropped);
        });
    } catch (const std::exception&) {
        // Whoever wants to know asks again, and hears why.
    }
    const std::lock_guard lock(mutex_);
    for (std::size_t i = 0; i < requests.size(); ++i)
        if (const auto found = std::ranges::find(questions_, requests[i], &Question::request);
            forgotten_ == begun && found != questions_.end())
            found->outcome = std::move(outcomes[i]);
    answered_.notify_all();
    return true;
}

std::optional<HttpResponse> CurlHttp::Ahead::take(const HttpRequest& request) {
    std::unique_lock lock(mutex_);
    const auto found = std::ranges::find(questions_, request, &Question::request);
    if (found == questions_.end()) return {};
    while (!answered_.wait_for(lock, look_interval, [&] { return found->outcome.has_value(); }))
        throw_if_interrupted();
    const HttpOutcome outcome = *std::move(found->outcome);
    questions_.erase(found);
    if (const auto* const response = std::get_if<HttpResponse>(&outcome)) return *response;
    return {};
}

void CurlHttp::Ahead::forget() {
    const std::lock_guard lock(mutex_);
    questions_.clear();
    ++forgotten_;
    wake();
}

CurlHttp::CurlHttp() = default;
CurlHttp::~CurlHttp() = default;

void CurlHttp::prepare() const {
    if (!ahead_) ahead_ = std::make_unique<Ahead>();
    ahead_->prepare();
}

void CurlHttp::expect(const HttpRequest& request) const {
    if (!ahead_) ahead_ = std::make_unique<Ahead>();
    ahead_->ask(request);
}

std::optional<HttpResponse> CurlHttp::expected(const HttpRequest& request) const {
    return ahead_ ? ahead_->take(request) : std::nullopt;
}

void CurlHttp::forget_expected() const {
    if (ahead_) ahead_->forget();
}

}  // namespace dray::host
