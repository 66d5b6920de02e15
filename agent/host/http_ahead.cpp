// Requests that are made while dray does other things.
#include "host/http_ahead.h"

#include "host/http_parallel.h"
#include "host/http_wire.h"
#include "host/interrupt.h"
#include "host/processor.h"

#include <poll.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <utility>

namespace dray::host {
namespace {

constexpr std::size_t portion = 64u << 10;

}  // namespace

CurlHttp::Ahead::Ahead() {
    if (auto worker = start_http_worker()) worker_ = *std::move(worker);
}

CurlHttp::Ahead::~Ahead() {
    end();
    while (worker_.process != 0 && ::waitpid(worker_.process, nullptr, 0) < 0 && errno == EINTR) {
    }
}

/// From now on everything is asked by this process, at its own time.
void CurlHttp::Ahead::end() {
    worker_.socket.reset();
    open_.clear();
    // Nobody else waits for it: it is still that process, even when it has ended already.
    if (worker_.process != 0) ::kill(worker_.process, SIGKILL);
}

void CurlHttp::Ahead::leave() {
    if (const auto process = std::exchange(worker_.process, 0)) end_elsewhere(process);
}

std::uint64_t CurlHttp::Ahead::send(const HttpRequest& request) {
    open_.insert(++last_number_);
    to_send_ += http_message(last_number_, request);
    write();
    return last_number_;
}

void CurlHttp::Ahead::write() {
    while (worker_.socket && !to_send_.empty()) {
        const auto count = ::send(worker_.socket.get(), to_send_.data(), to_send_.size(), MSG_NOSIGNAL);
        if (count < 0 && errno == EINTR) continue;
        if (count < 0 && errno == EAGAIN) return;
        if (count < 0) return end();
        to_send_.erase(0, static_cast<std::size_t>(count));
    }
}

void CurlHttp::Ahead::read() {
    std::array<char, portion> bytes;
    const auto count = ::recv(worker_.socket.get(), bytes.data(), bytes.size(), 0);
    if (count < 0 && (errno == EINTR || errno == EAGAIN)) return;
    if (count <= 0) return end();
    come_.append(bytes.data(), static_cast<std::size_t>(count));
    while (const auto message = take_http_message(come_)) {
        auto [number, outcome] = read_http_outcome(*message);
        if (open_.erase(number) > 0) outcomes_.emplace(number, std::move(outcome));
    }
}

/// Waits until there is something to read or to write, or a signal has come.
void CurlHttp::Ahead::exchange() {
    throw_if_interrupted();
    std::array<pollfd, 2> watched{
        pollfd{.fd = worker_.socket.get(),
               .events = static_cast<short>(to_send_.empty() ? POLLIN : POLLIN | POLLOUT),
               .revents = 0},
        pollfd{.fd = interrupt_descriptor(), .events = POLLIN, .revents = 0}};
    if (::poll(watched.data(), watched.size(), -1) < 0) return;  // a signal: the next round sees it
    if (watched[0].revents & POLLOUT) write();
    if (worker_.socket && (watched[0].revents & (POLLIN | POLLHUP | POLLERR))) read();
}

/// Whether the outcome has come; not when it was given up, or the process is gone.
bool CurlHttp::Ahead::await(std::uint64_t number) {
    while (open_.contains(number) && worker_.socket)
        exchange();
    return outcomes_.contains(number);
}

void CurlHttp::Ahead::ask(const HttpRequest& request) {
    if (!worker_.socket || request.follow_redirects ||
        std::ranges::find(questions_, request, &Question::request) != questions_.end())
        return;
    questions_.push_back({request, send(request)});
}

std::optional<HttpResponse> CurlHttp::Ahead::take(const HttpRequest& request) {
    const auto found = std::ranges::find(questions_, request, &Question::request);
    if (found == questions_.end()) return {};
    const auto number = found->number;
    const bool come = await(number);
    questions_.erase(found);
    if (!come) return {};
    const auto outcome = std::move(outcomes_.extract(number).mapped());
    if (const auto* const response = std::get_if<HttpResponse>(&outcome)) return *response;
    return {};
}

void CurlHttp::Ahead::forget() {
    questions_.clear();
    outcomes_.clear();
    if (open_.empty()) return;
    open_.clear();
    to_send_ += http_message(0, std::optional<HttpRequest>());
    write();
}

std::optional<std::vector<HttpOutcome>> CurlHttp::Ahead::get_all(const std::vector<HttpRequest>& requests) {
    if (!worker_.socket) return {};
    std::vector<std::uint64_t> numbers;
    for (const auto& request : requests) {
        const auto expected = std::ranges::find(questions_, request, &Question::request);
        numbers.push_back(expected != questions_.end() ? expected->number : send(request));
        if (expected != questions_.end()) questions_.erase(expected);
    }
    std::vector<HttpOutcome> outcomes;
    for (const auto number : numbers) {
        if (!await(number)) return {};
        outcomes.push_back(std::move(outcomes_.extract(number).mapped()));
    }
    return outcomes;
}

CurlHttp::CurlHttp(std::optional<HttpWorker> worker)
    : ahead_(worker ? std::make_unique<Ahead>(*std::move(worker)) : nullptr) {}
CurlHttp::~CurlHttp() = default;

std::vector<HttpOutcome> CurlHttp::get_all(const std::vector<HttpRequest>& requests) const {
    if (ahead_)
        if (auto outcomes = ahead_->get_all(requests)) return *std::move(outcomes);
    return get_all_here(requests);
}

void CurlHttp::prepare() const {
    if (!ahead_) ahead_ = std::make_unique<Ahead>();
}

void CurlHttp::leave() {
    if (ahead_) ahead_->leave();
}

void CurlHttp::expect(const HttpRequest& request) const {
    prepare();
    ahead_->ask(request);
}

std::optional<HttpResponse> CurlHttp::expected(const HttpRequest& request) const {
    return ahead_ ? ahead_->take(request) : std::nullopt;
}

void CurlHttp::forget_expected() const {
    if (ahead_) ahead_->forget();
}

}  // namespace dray::host
