// The host's addresses and its full name. Each question is put to the kernel or to the resolver, none to a
// program.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace dray::host {

/// The addresses by which others reach this host: IPv4 before IPv6, each sorted; no loopback and no
/// link-local ones. Source: getifaddrs(3), RFC 3927, RFC 4291 section 2.5.6. Throws Error.
std::vector<std::string> addresses();

/// The address from which this host would speak to the rest of the world, IPv4 if there is one; nothing
/// without a default route. Nothing is sent. Source: connect(2) of a datagram socket, RFC 5737, RFC 3849.
std::optional<std::string> main_address();

/// The full name that the resolver has for a host's name; nothing when it knows no such name. Throws Error
/// when it cannot tell, which includes that it does not answer within `limit`. Source: getaddrinfo(3),
/// AI_CANONNAME.
std::optional<std::string> canonical_name(const std::string& hostname, std::chrono::milliseconds limit);

/// The full name of a host: its name if that has a dot, else the first name on the line of hosts(5) that
/// names it if that has a dot, else what `resolve` answers, else the name itself.
std::string full_name(const std::string& hostname, std::string_view hosts,
                      const std::function<std::optional<std::string>(const std::string&)>& resolve);

}  // namespace dray::host
