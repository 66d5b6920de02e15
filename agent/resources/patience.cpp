// Asking again and again until an answer is right or the time is over.
#include "resources/patience.h"

#include "duration.h"
#include "host/interrupt.h"

#include <spdlog/fmt/fmt.h>

#include <cstdint>

namespace dray::resources {
namespace {

constexpr std::uint32_t restarts_of_a_loop = 5;  // as many starts as systemd's own limit allows by default

/// Why there is no sense in asking once more; "" when there is. Source: org.freedesktop.systemd1(5),
/// ActiveState and NRestarts.
std::string why_in_vain(const host::Host& host, const std::string& unit, std::uint32_t restarts_before) {
    if (unit.empty() || !host.systemd().booted()) return {};
    const auto status = host.systemd().status(unit);
    if (status.active_state == "failed") return unit + " has failed";
    if (status.restarts >= restarts_before + restarts_of_a_loop)
        return fmt::format("{} restarts again and again", unit);
    return {};
}

}  // namespace

Patience Patience::from(const recipe::Properties& properties) {
    const Patience patience{properties.duration("within"), properties.duration("interval"),
                            properties.text_or_empty("unit")};
    if (patience.interval <= std::chrono::milliseconds(0))
        throw Error("bad value for 'interval' of " + properties.type() + "[" + properties.name() + "]",
                    "it is no time at all", "write interval = \"500ms\"");
    if (!patience.unit.empty() && patience.unit.find('.') == std::string::npos)
        throw Error("bad value for 'unit' of " + properties.type() + "[" + properties.name() + "]",
                    "'" + patience.unit + "' has no suffix", "write " + patience.unit + ".service");
    return patience;
}

void Patience::wait(host::Host& host, const std::string& whose, std::string answer,
                    const std::function<std::string()>& ask, const Progress& progress) const {
    const auto deadline = host.clock().steady() + within;
    const bool watched = !unit.empty() && host.systemd().booted();
    const auto restarts = watched ? host.systemd().status(unit).restarts : 0U;
    progress("waiting up to " + duration_text(within) + ": " + answer);
    while (host.clock().steady() < deadline) {
        host.clock().sleep(interval);
        host::throw_if_interrupted();
        answer = ask();
        if (answer == good_answer) return;
        if (const auto why = why_in_vain(host, unit, restarts); !why.empty())
            throw Error(whose + " does not answer as it should, and " + why, std::move(answer),
                        "see `journalctl -u " + unit + "`");
    }
    throw Error(whose + " did not answer as it should within " + duration_text(within), std::move(answer),
                "see the service's journal");
}

std::vector<recipe::Key> patience_keys() {
    using recipe::Kind;
    return {
        {.name = "within",
         .kind = Kind::duration,
         .doc = "How long to go on asking until the answer is right.",
         .fallback = "30s"},
        {.name = "interval",
         .kind = Kind::duration,
         .doc = "Pause between two questions.",
         .fallback = "500ms"},
        {.name = "timeout",
         .kind = Kind::duration,
         .doc = "How long one answer may take.",
         .fallback = "10s"},
        {.name = "unit",
         .kind = Kind::text,
         .doc = "The systemd unit that is to answer: as soon as it has failed, or restarts again and again, "
                "there is no more waiting."},
        {.name = "gate_for",
         .kind = Kind::references,
         .doc = "The packages whose deploys it decides: when it fails, they are rolled back."}};
}

}  // namespace dray::resources
