// A child watched to its end: output, timeout, interrupt.
#include "error.h"
#include "host/interrupt.h"
#include "host/process.h"
#include "host/process_child.h"
#include "host/program_places.h"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <exception>
#include <optional>

namespace dray::host {
namespace {

using Steady = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr auto grace = std::chrono::seconds(5);  // between SIGTERM and SIGKILL: as the header promises
// What the child itself wrote is in the pipe when it ends. A daemon that it left behind may hold the pipe for
// ever, so reading goes on only long enough for the last words of a pipeline's other programs.
constexpr auto last_words = milliseconds(100);
constexpr auto longest_timeout = std::chrono::hours(24 * 365);  // keeps the sum with now() in range

/// The newest `output_limit` bytes of a stream.
class Tail {
  public:
    void add(std::string_view piece) {
        kept_ += piece;
        // Cut rarely, so that each byte is moved about once.
        if (kept_.size() > 2 * output_limit) cut();
    }
    std::string take() {
        cut();
        return std::move(kept_);
    }

  private:
    void cut() {
        if (kept_.size() > output_limit) kept_.erase(0, kept_.size() - output_limit);
    }
    std::string kept_;
};

/// One run of one child.
class Watch {
  public:
    explicit Watch(const Command& command)
        : command_(command),
          deadline_(Steady::now() + std::min<Steady::duration>(command.timeout, longest_timeout)),
          child_(command) {}

    Result run() {
        while (!over()) {
            wait();
            take_time();
        }
        if (stopping()) child_.signal_group(SIGKILL);  // grandchildren that outlived the first signal
        Result result;
        result.exit_code = child_.reap();
        if (failure_) std::rethrow_exception(failure_);
        if (interrupted_) throw_if_interrupted();
        result.timed_out = timed_out_;
        result.output = output_.take();
        result.errors = errors_.take();
        return result;
    }

  private:
    bool stopping() const { return kill_at_.has_value(); }
    bool silent() const { return !child_.output() && !child_.errors(); }
    bool over() const { return ended_at_ && (silent() || Steady::now() >= reading_ends()); }

    Steady::time_point reading_ends() const {
        // A group that was asked to stop has its grace, and whoever still writes is still stopping.
        if (stopping() && !killed_) return std::max(*kill_at_, *ended_at_ + last_words);
        return *ended_at_ + last_words;
    }

    /// Asks the group to end; the loop goes on until it has.
    void stop() {
        if (stopping()) return;
        child_.signal_group(SIGTERM);
        kill_at_ = Steady::now() + grace;
    }

    void take_time() {
        const auto now = Steady::now();
        if (!ended_at_ && !stopping() && now >= deadline_) {
            timed_out_ = true;
            stop();
        }
        if (stopping() && !killed_ && now >= *kill_at_) {
            child_.signal_group(SIGKILL);
            killed_ = true;
            if (ended_at_) ended_at_ = now;
        }
    }

    milliseconds until_next_event() const {
        auto next = Steady::time_point::max();
        if (ended_at_)
            next = reading_ends();
        else if (!stopping())
            next = deadline_;
        if (stopping() && !killed_) next = std::min(next, *kill_at_);
        if (next == Steady::time_point::max())
            return milliseconds(-1);  // killed: only its end is left to wait for
        constexpr milliseconds longest_poll = std::chrono::hours(1);  // poll(2) takes an int
        return std::clamp(std::chrono::ceil<milliseconds>(next - Steady::now()), milliseconds(0),
                          longest_poll);
    }

    void wait() {
        // poll(2) skips negative descriptors.
        std::array<pollfd, 5> watched{
            pollfd{.fd = child_.output().get(), .events = POLLIN, .revents = 0},
            pollfd{.fd = child_.errors().get(), .events = POLLIN, .revents = 0},
            pollfd{.fd = ended_at_ ? -1 : child_.exit_event(), .events = POLLIN, .revents = 0},
            pollfd{.fd = stopping() || command_.after_signal ? -1 : interrupt_descriptor(),
                   .events = POLLIN,
                   .revents = 0},
            pollfd{.fd = stopping() ? -1 : command_.stop, .events = POLLIN, .revents = 0}};
        const int count =
            ::poll(watched.data(), watched.size(), static_cast<int>(until_next_event().count()));
        if (count < 0 && errno != EINTR) throw Error::system("cannot watch " + command_.argv.front(), errno);
        if (count <= 0) return;
        if (watched[0].revents != 0) read(child_.output(), output_);
        if (watched[1].revents != 0) read(child_.errors(), errors_);
        if (watched[2].revents != 0) ended_at_ = Steady::now();
        if (watched[3].revents != 0) {
            interrupted_ = true;
            stop();
        }
        if (watched[4].revents != 0) stop();
    }

    void read(Descriptor& pipe, Tail& tail) {
        std::array<char, 65536> buffer;  // what a pipe holds
        const auto count = ::read(pipe.get(), buffer.data(), buffer.size());
        if (count < 0 && (errno == EINTR || errno == EAGAIN)) return;
        if (count <= 0) {
            pipe.reset();
            return;
        }
        const std::string_view piece(buffer.data(), static_cast<std::size_t>(count));
        tail.add(piece);
        if (!command_.on_output || failure_) return;
        try {
            command_.on_output(piece);
        } catch (...) {
            failure_ = std::current_exception();
            stop();
        }
    }

    const Command& command_;
    Steady::time_point deadline_;
    Child child_;
    Tail output_;
    Tail errors_;
    std::optional<Steady::time_point> ended_at_;  ///< when the child's end was seen
    std::optional<Steady::time_point> kill_at_;   ///< set once the group was asked to stop
    bool killed_ = false;
    bool timed_out_ = false;
    bool interrupted_ = false;
    std::exception_ptr failure_;
};

}  // namespace

bool SystemProcesses::finds(const Command& command) const {
    return std::ranges::any_of(program_places(command),
                               [](const auto& path) { return ::access(path.c_str(), X_OK) == 0; });
}

Result SystemProcesses::run(const Command& command) const {
    if (!command.after_signal) throw_if_interrupted();
    return Watch(command).run();
}

}  // namespace dray::host
