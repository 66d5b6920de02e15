// Programs that would wait for ever on a full disk.
#include "builder/room_watch.h"

#include "builder/side_by_side.h"
#include "error.h"

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <stop_token>
#include <string>
#include <thread>

namespace dray::builder {
namespace {

constexpr int most_full_looks = 5;  // a program that fails by itself has ended by then, and cleaned up

/// Until `token` asks for an end; true when the disk has stayed full.
bool stays_full(const std::stop_token& token, const std::function<bool()>& full,
                std::chrono::milliseconds every) {
    std::mutex mutex;
    std::unique_lock lock(mutex);
    std::condition_variable_any asked;
    for (int looks = 0; looks < most_full_looks; looks = full() ? looks + 1 : 0) {
        asked.wait_for(lock, token, every, [] { return false; });
        if (token.stop_requested()) return false;
    }
    return true;
}

}  // namespace

void end_when_full(const host::Processes& processes, const std::function<bool()>& full,
                   const std::function<void(const host::Processes&)>& part, std::chrono::milliseconds every) {
    const StoppableProcesses stoppable(processes);
    std::atomic<bool> ended = false;
    const std::jthread watch([&](const std::stop_token& token) {
        if (!stays_full(token, full, every)) return;
        ended = true;
        stoppable.stop();
    });
    try {
        part(stoppable);
    } catch (const Error& error) {
        if (!ended) throw;
        throw Error(error.parts().attempt,
                    "No space left on device: what ran did not end by itself while the disk was full");
    }
}

}  // namespace dray::builder
