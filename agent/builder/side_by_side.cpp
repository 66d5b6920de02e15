// Parts of a build that do not need each other.
#include "builder/side_by_side.h"

#include "error.h"

#include <poll.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

namespace dray::builder {

StoppableProcesses::StoppableProcesses(const host::Processes& inner)
    : inner_(inner), stopped_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
    if (!stopped_) throw Error::system("cannot do parts of a build side by side", errno);
}

void StoppableProcesses::stop() const {
    const std::uint64_t one = 1;
    // One that is full is readable already.
    [[maybe_unused]] const auto written = ::write(stopped_.get(), &one, sizeof one);
}

void StoppableProcesses::throw_if_stopped() const {
    pollfd stopped{.fd = stopped_.get(), .events = POLLIN, .revents = 0};
    if (::poll(&stopped, 1, 0) > 0) throw Error("stopped", "something else has failed");
    inner_.throw_if_stopped();
}

host::Result StoppableProcesses::run(const host::Command& command) const {
    throw_if_stopped();
    host::Command stoppable = command;
    if (command.stop < 0) {
        stoppable.stop = stopped_.get();
        return inner_.run(stoppable);
    }
    // Somebody else may stop it as well. An epoll(7) descriptor is readable when one of those in it is.
    const host::Descriptor either(::epoll_create1(EPOLL_CLOEXEC));
    for (const int one : {command.stop, stopped_.get()}) {
        epoll_event event{.events = EPOLLIN, .data = {.fd = one}};
        if (!either || ::epoll_ctl(either.get(), EPOLL_CTL_ADD, one, &event) != 0)
            throw Error::system("cannot do parts of a build side by side", errno);
    }
    stoppable.stop = either.get();
    return inner_.run(stoppable);
}

void side_by_side(std::size_t count, const host::Processes& processes, const BuildPart& part) {
    if (count == 1) {
        part(0, processes);
        return;
    }
    const StoppableProcesses stoppable(processes);
    std::mutex mutex;
    std::size_t next = 0;
    std::exception_ptr failure;
    const auto take = [&]() -> std::size_t {
        const std::lock_guard guard(mutex);
        return failure ? count : std::min(next++, count);
    };
    const auto work = [&] {
        try {
            for (std::size_t number = take(); number < count; number = take())
                part(number, stoppable);
        } catch (...) {
            const std::lock_guard guard(mutex);
            if (!failure) failure = std::current_exception();
            stoppable.stop();
        }
    };
    {
        const std::size_t processors = std::max(1u, std::thread::hardware_concurrency());
        std::vector<std::jthread> threads;
        while (threads.size() < std::min(count, processors))
            threads.emplace_back(work);
    }
    if (failure) std::rethrow_exception(failure);
}

}  // namespace dray::builder
