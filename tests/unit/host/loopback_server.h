// A web server on the loopback, for tests of what asks servers.
#pragma once

#include <doctest/doctest.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace dray::test {

/// Answers each path with a text as it stands, on a port of the loopback; an empty text is no answer at all.
class LoopbackServer {
  public:
    /// Nobody is answered before `together` have asked.
    explicit LoopbackServer(std::map<std::string, std::string> answers, std::size_t together = 1)
        : answers_(std::move(answers)), together_(together) {
        listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof address;
        REQUIRE(::bind(listener_, reinterpret_cast<sockaddr*>(&address), size) == 0);
        REQUIRE(::listen(listener_, 16) == 0);
        REQUIRE(::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) == 0);
        port_ = ntohs(address.sin_port);
        thread_ = std::thread([this] { serve(); });
    }
    struct Socket {
        std::string path;
    };
    LoopbackServer(const Socket& unix_socket, std::map<std::string, std::string> answers)
        : answers_(std::move(answers)) {
        listener_ = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        REQUIRE(unix_socket.path.size() < sizeof address.sun_path);
        unix_socket.path.copy(address.sun_path, sizeof address.sun_path - 1);
        REQUIRE(::bind(listener_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
        REQUIRE(::listen(listener_, 16) == 0);
        thread_ = std::thread([this] { serve(); });
    }
    ~LoopbackServer() {
        ::shutdown(listener_, SHUT_RDWR);
        thread_.join();
        for (const auto& [client, request] : waiting_)
            ::close(client);
        ::close(listener_);
    }
    LoopbackServer(const LoopbackServer&) = delete;
    LoopbackServer& operator=(const LoopbackServer&) = delete;

    std::string url(const std::string& path) const {
        return "http://127.0.0.1:" + std::to_string(port_) + path;
    }
    std::uint16_t port() const { return port_; }
    /// All that was asked so far, once the answers have come.
    std::string requests() const {
        const std::lock_guard lock(mutex_);
        return requests_;
    }

  private:
    void serve() {
        for (;;) {
            const int client = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
            if (client < 0) return;
            std::string request;
            char buffer[4096];
            while (request.find("\r\n\r\n") == std::string::npos) {
                const auto count = ::read(client, buffer, sizeof buffer);
                if (count <= 0) break;
                request.append(buffer, static_cast<std::size_t>(count));
            }
            {
                const std::lock_guard lock(mutex_);
                requests_ += request;
            }
            waiting_.emplace_back(client, std::move(request));
            if (waiting_.size() < together_) continue;
            for (const auto& [socket, text] : std::exchange(waiting_, {}))
                respond(socket, text);
        }
    }

    void respond(int client, const std::string& request) {
        const auto begin = request.find(' ') + 1;
        const auto found = answers_.find(request.substr(begin, request.find(' ', begin) - begin));
        char byte = 0;
        if (found != answers_.end() && found->second.empty())
            while (::read(client, &byte, 1) > 0)
                continue;  // until the client has had enough
        else if (found != answers_.end())
            ::send(client, found->second.data(), found->second.size(), MSG_NOSIGNAL);
        ::close(client);
    }

    std::map<std::string, std::string> answers_;
    std::size_t together_ = 1;
    std::vector<std::pair<int, std::string>> waiting_;  ///< sockets, and what came there
    int listener_ = -1;
    std::uint16_t port_ = 0;
    mutable std::mutex mutex_;
    std::string requests_;
    std::thread thread_;
};

/// An answer as it goes over the wire.
inline std::string answer(const std::string& status, const std::string& body) {
    return "HTTP/1.1 " + status + "\r\nContent-Length: " + std::to_string(body.size()) +
           "\r\nConnection: close\r\n\r\n" + body;
}

}  // namespace dray::test
