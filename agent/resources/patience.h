// Asking again and again until an answer is right or the time is over: what the checks have in common.
#pragma once

#include "recipe/properties.h"
#include "recipe/schema.h"
#include "resources/resource.h"

#include <chrono>
#include <functional>
#include <string>
#include <vector>

namespace dray::resources {

/// The answer that a check wants, as its state has it; every other one says what is wrong.
constexpr auto good_answer = "as expected";

/// How long a check waits, and how often it asks.
struct Patience {
    std::chrono::milliseconds within{};
    std::chrono::milliseconds interval{};
    std::string unit;  ///< the systemd unit that is to answer; "" when nobody has said

    /// From the keys of `patience_keys`. Throws Error for an interval of no time.
    static Patience from(const recipe::Properties& properties);

    /// Asks until the answer is `good_answer`, the last one having been `answer`. Throws Error that begins
    /// with `whose` when the time is over, or as soon as the unit has failed or restarts again and again.
    void wait(host::Host& host, const std::string& whose, std::string answer,
              const std::function<std::string()>& ask, const Progress& progress) const;
};

/// The keys within, interval, timeout and unit, and gate_for.
std::vector<recipe::Key> patience_keys();

}  // namespace dray::resources
