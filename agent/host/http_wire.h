// Requests and their outcomes as bytes, for a process that is a copy of this one.
#pragma once

#include "host/http.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace dray::host {

/// A request under a number, as one message; without a request it is the word to give up all of them.
std::string http_message(std::uint64_t number, const std::optional<HttpRequest>& request);
/// How the request of that number came out.
std::string http_message(std::uint64_t number, const HttpOutcome& outcome);

/// Takes the first whole message, without its length, from the front of what has come; nothing when it is not
/// whole yet.
std::optional<std::string> take_http_message(std::string& come);

/// What a message says. Throws Error for one that is none.
std::pair<std::uint64_t, std::optional<HttpRequest>> read_http_request(std::string_view message);
std::pair<std::uint64_t, HttpOutcome> read_http_outcome(std::string_view message);

}  // namespace dray::host
