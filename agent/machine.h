// The machine that dray runs on: every seam with its real implementation.
#pragma once

#include "host/apt_client.h"
#include "host/host.h"
#include "host/http_worker.h"

#include <filesystem>
#include <optional>
#include <utility>

namespace dray {

/// What is known of repositories, in the folder where dray keeps what it knows of a machine. Without it
/// nothing is asked before apt is.
constexpr auto poll_file = "poll.json";
/// Beside it as long as repositories are asked by it; see host::AptPoll.
constexpr auto poll_mark = "poll.asks";

/// The real machine; `state` is that folder. A worker, where there is one already, makes the requests.
struct Machine {
    explicit Machine(const std::filesystem::path& state, std::optional<host::HttpWorker> worker = {})
        : http(std::move(worker)), poll(files, http, clock, state / poll_file) {}
    Machine(const Machine&) = delete;
    Machine& operator=(const Machine&) = delete;

    host::SystemFiles files;
    host::SystemProcesses processes;
    host::SystemAccounts accounts{processes};
    host::BusSystemd systemd{processes};
    host::CurlHttp http;
    host::SystemClock clock;
    host::AptPoll poll;
    host::AptClient apt{processes, systemd, poll};
    host::Host host{files, processes, accounts, systemd, apt, http, clock, processes};
};

}  // namespace dray
