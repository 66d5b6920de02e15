// Asking again and again until an answer is right or the time is over.
#include "resources/patience.h"

#include "duration.h"
#include "host/interrupt.h"

namespace dray::resources {

Patience Patience::from(const recipe::Properties& properties) {
    const Patience patience{properties.duration("within"), properties.duration("interval")};
    if (patience.interval <= std::chrono::milliseconds(0))
        throw Error("bad value for 'interval' of " + properties.type() + "[" + properties.name() + "]",
                    "it is no time at all", "write interval = \"500ms\"");
    return patience;
}

void Patience::wait(host::Host& host, const std::string& whose, std::string answer,
                    const std::function<std::string()>& ask, const Progress& progress) const {
    const auto deadline = host.clock().steady() + within;
    progress("waiting up to " + duration_text(within) + ": " + answer);
    while (host.clock().steady() < deadline) {
        host.clock().sleep(interval);
        host::throw_if_interrupted();
        answer = ask();
        if (answer == good_answer) return;
    }
    throw Error(whose + " did not answer as it should within " + duration_text(within), std::move(answer),
                "see the service's journal");
}

std::vector<recipe::Key> patience_keys() {
    using recipe::Kind;
    return {{.name = "within",
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
            {.name = "gate_for",
             .kind = Kind::references,
             .doc = "The packages whose deploys it decides: when it fails, they are rolled back."}};
}

}  // namespace dray::resources
