// Out of service and back.
#include "converge/deploy_drain.h"

#include "duration.h"
#include "host/interrupt.h"

#include <spdlog/fmt/fmt.h>

#include <chrono>
#include <sstream>
#include <string>

namespace dray::converge {
namespace {

constexpr std::chrono::milliseconds drain_interval{200};  // requests end in tens of ms
constexpr auto maintenance_text = "dray deploys a release; this file goes when it has passed its gates\n";

int connected(const host::Host& host, std::uint16_t port) {
    int count = 0;
    for (const char* const table : {"/proc/net/tcp", "/proc/net/tcp6"})
        count += connections(host.files().read(table).value_or(""), port);
    return count;
}

void await_no_connection(const host::Host& host, const resources::DeploySettings& settings,
                         const resources::Progress& progress) {
    const auto deadline = host.clock().steady() + settings.drain_limit;
    int left = connected(host, *settings.drained_port);
    if (left > 0)
        progress(fmt::format("waiting up to {} for connections to end; there are {}",
                             duration_text(settings.drain_limit), left));
    while (left > 0 && host.clock().steady() < deadline) {
        host.clock().sleep(drain_interval);
        host::throw_if_interrupted();
        left = connected(host, *settings.drained_port);
    }
    if (left > 0) progress(fmt::format("connections are cut off: {}", left));
}

}  // namespace

int connections(std::string_view table, std::uint16_t port) {
    constexpr auto established = "01";
    const auto local = fmt::format(":{:04X}", port);
    std::istringstream lines{std::string(table)};
    int count = 0;
    for (std::string line; std::getline(lines, line);) {
        std::istringstream words(line);
        std::string number, from, to, state;
        words >> number >> from >> to >> state;
        if (from.ends_with(local) && state == established) ++count;
    }
    return count;
}

void drain(host::Host& host, const resources::DeploySettings& settings, const resources::Progress& progress) {
    if (!settings.maintenance_file.empty())
        host.files().write(settings.maintenance_file, maintenance_text, {"", "", 0644});
    if (!settings.drain.empty())
        host.processes().check({.argv = settings.drain, .timeout = settings.drain_limit},
                               "cannot take the host out of service");
    if (settings.drained_port) await_no_connection(host, settings, progress);
}

void undrain(host::Host& host, const resources::DeploySettings& settings, const resources::Progress&) {
    if (!settings.undrain.empty())
        host.processes().check({.argv = settings.undrain, .timeout = settings.drain_limit},
                               "cannot bring the host back into service");
    if (!settings.maintenance_file.empty()) host.files().remove(settings.maintenance_file);
}

}  // namespace dray::converge
