// Web servers that are played by a unit test.
#include "host/http_memory.h"

namespace dray::host {

HttpResponse ScriptedHttp::get(const HttpRequest& request) const {
    asked_.push_back(request.url);
    request_ = request;
    const std::string attempt = "cannot get " + request.url;
    if (const auto server = servers_.find(request.url); server != servers_.end()) return server->second();
    const auto found = answers_.find(request.url);
    if (found == answers_.end() || found->second.empty()) throw Error(attempt, "connection refused");
    auto& queue = found->second;
    const Answer answer = queue.front();
    if (queue.size() > 1) queue.erase(queue.begin());
    if (const auto* const error = std::get_if<Error>(&answer)) throw *error;
    const auto& response = std::get<HttpResponse>(answer);
    if (response.body.size() > request.body_limit)
        throw Error(attempt, "the answer is longer than " + std::to_string(request.body_limit) + " bytes");
    return response;
}

std::vector<HttpOutcome> ScriptedHttp::get_all(const std::vector<HttpRequest>& requests) const {
    std::vector<HttpOutcome> outcomes;
    for (const auto& request : requests) {
        try {
            auto known = expected(request);
            outcomes.emplace_back(known ? *std::move(known) : get(request));
        } catch (const Error& error) {
            outcomes.emplace_back(error);
        }
    }
    return outcomes;
}

HttpResponse ScriptedHttp::post(const HttpRequest& request, const std::string& body) const {
    posted_ = body;
    return get(request);
}

void ScriptedHttp::connect(const Endpoint& endpoint) const {
    endpoint_ = endpoint;
    const auto found = listeners_.find(endpoint.text());
    if (found == listeners_.end() || found->second-- > 0)
        throw Error("cannot connect to " + endpoint.text(), "Connection refused");
    found->second = 0;
}

void ScriptedHttp::answer(const std::string& url, HttpResponse response) {
    answers_[url].push_back(std::move(response));
}

void ScriptedHttp::fail(const std::string& url, const std::string& cause) {
    answers_[url].push_back(Error("cannot get " + url, cause));
}

void ScriptedHttp::expect(const HttpRequest& request) const {
    if (!asks_ahead_) return;
    try {
        ahead_[request.url] = get(request);
    } catch (const Error&) {
    }
}

std::optional<HttpResponse> ScriptedHttp::expected(const HttpRequest& request) const {
    const auto found = ahead_.extract(request.url);
    return found.empty() ? std::nullopt : std::optional(found.mapped());
}

}  // namespace dray::host
