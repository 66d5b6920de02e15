// The process that makes requests for another one.
#include "host/http_worker.h"

#include "host/blocked_signals.h"
#include "host/curl_library.h"
#include "host/http_parallel.h"
#include "host/http_wire.h"
#include "host/processor.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <string>
#include <tuple>
#include <utility>

namespace dray::host {
namespace {

constexpr int own_socket = 3;  // the first descriptor after the standard ones
constexpr std::size_t most_at_once = 64u << 10;

/// The other end is gone, and with it whoever wants answers.
struct Gone {};

class Server {
  public:
    [[noreturn]] void run() {
        prepare();
        for (;;) {
            if (transfers_)
                transfers_->perform(
                    [](std::uint64_t number, HttpOutcome outcome) { send(http_message(number, outcome)); });
            wait_and_listen();
        }
    }

  private:
    /// Loads libcurl, which is what takes long. That it cannot be loaded is told for each request.
    void prepare() {
        // Debian's libcurl brings GnuTLS along for protocols that nobody asks for here, and it would be made
        // ready by being loaded. A libcurl that needs it does that itself. Source: gnutls_global_init(3).
        ::setenv("GNUTLS_NO_IMPLICIT_INIT", "1", 1);
        try {
            transfers_.emplace();
        } catch (const Error& error) {
            broken_ = error;
        }
    }

    void wait_and_listen() {
        if (transfers_) transfers_->wait(own_socket);
        std::array<char, most_at_once> bytes;
        const auto count = ::recv(own_socket, bytes.data(), bytes.size(), transfers_ ? MSG_DONTWAIT : 0);
        if (count == 0) throw Gone();
        if (count < 0) {
            if (errno == EAGAIN || errno == EINTR) return;
            throw Gone();
        }
        come_.append(bytes.data(), static_cast<std::size_t>(count));
        while (const auto message = take_http_message(come_))
            obey(*message);
    }

    void obey(const std::string& message) {
        const auto [number, request] = read_http_request(message);
        if (!request) {
            if (transfers_) transfers_->drop();
            return;
        }
        try {
            if (broken_) throw Error(*broken_);
            transfers_->add(number, *request);
        } catch (const Error& error) {
            send(http_message(number, HttpOutcome(error)));
        }
    }

    static void send(std::string_view text) {
        while (!text.empty()) {
            const auto count = ::send(own_socket, text.data(), text.size(), MSG_NOSIGNAL);
            if (count < 0 && errno == EINTR) continue;
            if (count < 0) throw Gone();
            text.remove_prefix(static_cast<std::size_t>(count));
        }
    }

    std::optional<HttpTransfers> transfers_;
    std::optional<Error> broken_;
    std::string come_;
};

/// Lets go of all that is the other process's: locks and pipes that somebody waits for the end of.
void let_go(int socket) {
    const int nothing = ::open("/dev/null", O_RDWR | O_CLOEXEC);
    ::dup2(nothing, STDIN_FILENO);
    ::dup2(nothing, STDOUT_FILENO);
    if (socket != own_socket) ::dup2(socket, own_socket);
    ::close_range(own_socket + 1, ~0U, 0);
}

[[noreturn]] void be_worker(int socket, pid_t parent, const std::filesystem::path& held) {
    // Should this process have been given its parent's processor at once, the parent puts it on another one.
    ::sched_yield();
    // What stops the other process stops this one through it.
    for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGPIPE})
        ::signal(signal, SIG_IGN);
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != parent) ::_exit(0);  // it ended before that
    let_go(socket);
    // The number is never used, and the kernel closes it. That it cannot be opened costs time and nothing
    // else.
    if (!held.empty()) std::ignore = ::open(held.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC);
    ::sigset_t none;
    ::sigemptyset(&none);
    ::pthread_sigmask(SIG_SETMASK, &none, nullptr);
    try {
        Server().run();
    } catch (const Gone&) {
    } catch (const std::exception&) {
        // The other end sees the socket closed, and asks by itself.
    }
    ::_exit(0);
}

}  // namespace

std::optional<HttpWorker> start_http_worker(const std::filesystem::path& held) {
    std::array<int, 2> ends{};
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0) return {};
    Descriptor ours(ends[0]);
    const Descriptor theirs(ends[1]);
    const pid_t parent = ::getpid();
    const BlockedSignals blocked;
    const pid_t process = ::fork();
    if (process < 0) return {};
    if (process == 0) be_worker(theirs.get(), parent, held);
    begin_elsewhere(process);
    ::fcntl(ours.get(), F_SETFL, O_NONBLOCK);
    return HttpWorker{std::move(ours), process};
}

}  // namespace dray::host
