// libapt opened and its error channel tamed: what it complains of becomes log lines and Errors.
#pragma once

#include <string>
#include <string_view>

namespace dray::apt_helper {

/// Reads apt's configuration and readies libapt. Throws Error with apt's words.
void open_library();

/// Takes everything that libapt has to say: warnings go to the log, errors are returned, joined by "; ".
/// "" when there was no error.
std::string take_errors();

/// The same of an attempt that may well fail: nothing goes to the log.
std::string silent_errors();

/// What is said in the place of words that libapt has not.
constexpr auto no_words = "apt's library does not say why";

/// Throws Error with apt's own words as the cause.
[[noreturn]] void fail(std::string attempt, std::string hint = {});

/// Writes one line to the log.
void say(std::string_view line);

}  // namespace dray::apt_helper
