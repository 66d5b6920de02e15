// Whether a service is well.
#include "converge/deploy_watch.h"

#include "duration.h"
#include "host/interrupt.h"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <utility>

namespace dray::converge {
namespace {

using std::chrono::milliseconds;

constexpr int window_tries = 3;
constexpr milliseconds gate_interval{1000};  // a health check a second is what a load balancer asks

std::string state_of(const host::UnitStatus& status) {
    return fmt::format("{} ({})", status.active_state, status.sub_state);
}

/// A unit of the set that does not run; "" when all do. Throws Error when systemd does not tell.
std::string unit_that_is_down(const host::Host& host, const DeploySet& set) {
    if (!host.systemd().booted()) return {};
    for (const auto* service : set.services) {
        const auto status = host.systemd().status(service->resource->service());
        if (!status.is_active()) return service->id + " is " + state_of(status);
    }
    return {};
}

/// The answer of a check that is not right; "" for one that is.
std::string wrong_answer(host::Host& host, Item& gate, const recipe::Renderer& renderer) {
    gate.bind_late(renderer);
    const auto now = gate.resource->inspect(host);
    const auto left = resources::differences(now, gate.resource->wanted(host));
    if (left.empty()) return {};
    return gate.id + ": " + left.front().from.value_or("no answer");
}

/// Waits for a check as long as the check itself says. Throws Error.
void await(host::Host& host, const DeploySet& set, Item& gate, const recipe::Renderer& renderer,
           const resources::Progress& progress) {
    gate.bind_late(renderer);
    const auto now = gate.resource->inspect(host);
    if (resources::differences(now, gate.resource->wanted(host)).empty()) return;
    try {
        gate.resource->apply(host, now, progress);
    } catch (const Error& error) {
        host::throw_if_interrupted();
        throw beside_units(error, host, set);
    }
}

/// The main processes of the units, which are to stay.
class Units {
  public:
    Units(const host::Host& host, const DeploySet& set) : host_(host) {
        if (!host.systemd().booted()) return;
        for (const auto* service : set.services)
            units_[service->resource->service()] = host.systemd().status(service->resource->service());
        look();
    }

    /// Throws Error when one of them is no longer what it was.
    void look() const {
        for (const auto& [name, first] : units_) {
            const auto now = host_.systemd().status(name);
            const auto hint = "see `journalctl -u " + name + "`";
            if (!now.is_active())
                throw Error("service " + name + " does not run", "it is " + state_of(now), hint);
            if (now.main_pid != first.main_pid || now.restarts != first.restarts)
                throw Error(
                    "service " + name + " does not stay up",
                    fmt::format("its main process was {} and now is {}", first.main_pid, now.main_pid), hint);
        }
    }

    /// Throws Error when one of them has written more error lines since its start than it may. Source:
    /// journalctl(1), systemd.journal-fields(7).
    void count_errors(std::int64_t limit) const {
        for (const auto& [name, first] : units_) {
            if (first.invocation_id.empty()) continue;
            const auto said =
                host_.queries().check({.argv = {"journalctl", "--quiet", "--no-pager", "--output=cat",
                                                "--priority=err", "--lines=" + std::to_string(limit + 1),
                                                "_SYSTEMD_INVOCATION_ID=" + first.invocation_id}},
                                      "cannot count the errors of " + name);
            const auto lines = std::ranges::count(said.output, '\n');
            if (lines > limit)
                throw Error(
                    "service " + name + " writes errors",
                    fmt::format("more than {} since its start, the last: {}", limit, last_line(said.output)),
                    "see `journalctl -u " + name + " -p err`");
        }
    }

  private:
    static std::string last_line(std::string text) {
        while (!text.empty() && text.back() == '\n')
            text.pop_back();
        return text.substr(text.rfind('\n') + 1);
    }

    const host::Host& host_;
    std::map<std::string, host::UnitStatus> units_;
};

/// Whether all was well for `time`; else `answer` is the wrong one. Throws Error for a unit that is not.
bool well_throughout(host::Host& host, const DeploySet& set, const recipe::Renderer& renderer,
                     const Units& units, milliseconds time, std::string& answer) {
    const auto begin = host.clock().steady();
    for (;;) {
        units.look();
        for (auto* gate : set.gates) {
            answer = wrong_answer(host, *gate, renderer);
            if (!answer.empty()) return false;
        }
        const auto passed = std::chrono::duration_cast<milliseconds>(host.clock().steady() - begin);
        if (passed >= time) return true;
        host.clock().sleep(std::min(gate_interval, time - passed));
        host::throw_if_interrupted();
    }
}

}  // namespace

Error beside_units(const Error& error, const host::Host& host, const DeploySet& set) {
    auto parts = error.parts();
    try {
        if (const auto down = unit_that_is_down(host, set); !down.empty()) parts.cause += "; " + down;
    } catch (const Error&) {
        // What the check says is then all that is known.
    }
    return Error(std::move(parts));
}

std::string what_is_wrong(host::Host& host, const DeploySet& set, const recipe::Renderer& renderer) {
    try {
        if (auto down = unit_that_is_down(host, set); !down.empty()) return down;
        for (auto* gate : set.gates)
            if (auto answer = wrong_answer(host, *gate, renderer); !answer.empty()) return answer;
    } catch (const Error& error) {
        host::throw_if_interrupted();
        return error.what();
    }
    return {};
}

void watch(host::Host& host, const DeploySet& set, const recipe::Renderer& renderer,
           const resources::Progress& progress) {
    const auto& settings = set.settings();
    for (auto* gate : set.gates)
        await(host, set, *gate, renderer, progress);
    const Units units(host, set);
    if (settings.stable_for.count() > 0) progress("watching it for " + duration_text(settings.stable_for));
    std::string answer;
    int tries = 1;
    while (!well_throughout(host, set, renderer, units, settings.stable_for, answer)) {
        if (tries == window_tries)
            throw beside_units(Error("a check does not stay right for " + duration_text(settings.stable_for),
                                     answer, "see the service's journal"),
                               host, set);
        progress(answer + ": the time begins anew");
        ++tries;
        for (auto* gate : set.gates)
            await(host, set, *gate, renderer, progress);
    }
    if (settings.journal_errors) units.count_errors(*settings.journal_errors);
}

}  // namespace dray::converge
