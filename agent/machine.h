// The machine that dray runs on: every seam with its real implementation.
#pragma once

#include "host/apt_client.h"
#include "host/host.h"

#include <filesystem>

namespace dray {

/// The real machine; `state` is where dray keeps what it knows of it.
struct Machine {
    explicit Machine(const std::filesystem::path& state) : poll(files, http, clock, state / "poll.json") {}
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
