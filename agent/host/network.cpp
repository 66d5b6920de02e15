// The host's addresses and its full name.
#include "host/network.h"

#include "error.h"
#include "host/descriptor.h"

#include <spdlog/fmt/fmt.h>

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <future>
#include <memory>
#include <sstream>
#include <thread>
#include <utility>

namespace dray::host {
namespace {

/// Addresses for documentation: nobody has them, so they are reached by the default route.
constexpr auto somewhere_ipv4 = "192.0.2.1";
constexpr auto somewhere_ipv6 = "2001:db8::1";
constexpr std::uint16_t discard_port = 9;  // any will do: nothing is sent

std::string address_text(int family, const void* address) {
    std::array<char, INET6_ADDRSTRLEN> text{};
    if (::inet_ntop(family, address, text.data(), text.size()) == nullptr)
        throw Error::system("cannot write an address of this host", errno);
    return text.data();
}

bool is_link_local(const in_addr& address) {
    return (ntohl(address.s_addr) >> 16) == 0xA9FE;  // 169.254.0.0/16
}

/// The address of a socket; the family is AF_INET or AF_INET6.
std::string socket_text(const sockaddr_storage& address) {
    if (address.ss_family == AF_INET) {
        sockaddr_in ipv4{};
        std::memcpy(&ipv4, &address, sizeof ipv4);
        return address_text(AF_INET, &ipv4.sin_addr);
    }
    sockaddr_in6 ipv6{};
    std::memcpy(&ipv6, &address, sizeof ipv6);
    return address_text(AF_INET6, &ipv6.sin6_addr);
}

/// The address that the kernel would give to a socket connected to `target`.
std::optional<std::string> source_towards(const sockaddr_storage& target, socklen_t size) {
    const Descriptor socket(::socket(target.ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    if (!socket) return std::nullopt;  // this kernel has no such addresses
    if (::connect(socket.get(), reinterpret_cast<const sockaddr*>(&target), size) != 0) return std::nullopt;
    sockaddr_storage own{};
    socklen_t own_size = sizeof own;
    if (::getsockname(socket.get(), reinterpret_cast<sockaddr*>(&own), &own_size) != 0)
        throw Error::system("cannot learn this host's address", errno);
    return socket_text(own);
}

struct Resolution {
    int error = 0;
    int system_error = 0;
    std::string name;
};

Resolution ask(const std::string& hostname) {
    addrinfo hints{};
    hints.ai_flags = AI_CANONNAME;
    hints.ai_socktype = SOCK_DGRAM;
    addrinfo* found = nullptr;
    const int error = ::getaddrinfo(hostname.c_str(), nullptr, &hints, &found);
    const int system_error = errno;
    const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owner(found, ::freeaddrinfo);
    Resolution answer{error, system_error, {}};
    if (error == 0 && found != nullptr && found->ai_canonname != nullptr) answer.name = found->ai_canonname;
    return answer;
}

}  // namespace

std::vector<std::string> addresses() {
    ifaddrs* first = nullptr;
    if (::getifaddrs(&first) != 0) throw Error::system("cannot list this host's addresses", errno);
    const std::unique_ptr<ifaddrs, decltype(&::freeifaddrs)> owner(first, ::freeifaddrs);
    std::vector<std::string> ipv4;
    std::vector<std::string> ipv6;
    for (const ifaddrs* each = first; each != nullptr; each = each->ifa_next) {
        if (each->ifa_addr == nullptr || (each->ifa_flags & IFF_LOOPBACK) != 0) continue;
        if (each->ifa_addr->sa_family == AF_INET) {
            sockaddr_in address{};
            std::memcpy(&address, each->ifa_addr, sizeof address);
            if (!is_link_local(address.sin_addr)) ipv4.push_back(address_text(AF_INET, &address.sin_addr));
        } else if (each->ifa_addr->sa_family == AF_INET6) {
            sockaddr_in6 address{};
            std::memcpy(&address, each->ifa_addr, sizeof address);
            if (!IN6_IS_ADDR_LINKLOCAL(&address.sin6_addr))
                ipv6.push_back(address_text(AF_INET6, &address.sin6_addr));
        }
    }
    std::ranges::sort(ipv4);
    std::ranges::sort(ipv6);
    ipv4.insert(ipv4.end(), ipv6.begin(), ipv6.end());
    ipv4.erase(std::unique(ipv4.begin(), ipv4.end()), ipv4.end());
    return ipv4;
}

std::optional<std::string> main_address() {
    sockaddr_in ipv4{};
    ipv4.sin_family = AF_INET;
    ipv4.sin_port = htons(discard_port);
    ::inet_pton(AF_INET, somewhere_ipv4, &ipv4.sin_addr);
    sockaddr_storage target{};
    std::memcpy(&target, &ipv4, sizeof ipv4);
    if (auto found = source_towards(target, sizeof ipv4)) return found;
    sockaddr_in6 ipv6{};
    ipv6.sin6_family = AF_INET6;
    ipv6.sin6_port = htons(discard_port);
    ::inet_pton(AF_INET6, somewhere_ipv6, &ipv6.sin6_addr);
    std::memcpy(&target, &ipv6, sizeof ipv6);
    return source_towards(target, sizeof ipv6);
}

std::optional<std::string> canonical_name(const std::string& hostname, std::chrono::milliseconds limit) {
    const auto attempt = "cannot learn the full name of " + hostname;
    constexpr auto hint = "write its line into /etc/hosts: ADDRESS NAME.DOMAIN NAME";
    // getaddrinfo(3) has no time limit. A thread that waits for it still when this process ends goes with it.
    std::packaged_task<Resolution()> task([hostname] { return ask(hostname); });
    auto answered = task.get_future();
    std::thread(std::move(task)).detach();
    if (answered.wait_for(limit) != std::future_status::ready)
        throw Error(attempt, fmt::format("the resolver gave no answer within {} s", limit.count() / 1000),
                    hint);
    const auto answer = answered.get();
    if (answer.error == EAI_NONAME || answer.error == EAI_NODATA) return std::nullopt;
    if (answer.error == EAI_SYSTEM) throw Error::system(attempt, answer.system_error, hint);
    if (answer.error != 0) throw Error(attempt, ::gai_strerror(answer.error), hint);
    return answer.name;
}

std::string full_name(const std::string& hostname, std::string_view hosts,
                      const std::function<std::optional<std::string>(const std::string&)>& resolve) {
    const auto is_full = [](const std::string& name) { return name.find('.') != std::string::npos; };
    if (is_full(hostname)) return hostname;
    std::istringstream lines{std::string(hosts)};
    for (std::string line; std::getline(lines, line);) {
        std::istringstream words(line.substr(0, line.find('#')));
        std::string address;
        std::vector<std::string> names;
        words >> address;
        for (std::string name; words >> name;)
            names.push_back(name);
        if (std::ranges::find(names, hostname) == names.end()) continue;
        return is_full(names.front()) ? names.front() : hostname;  // the resolver looks no further
    }
    const auto name = resolve(hostname);
    return name && is_full(*name) ? *name : hostname;
}

}  // namespace dray::host
