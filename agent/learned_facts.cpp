// The host's facts as recipes ask for them.
#include "learned_facts.h"

#include "recipe/problems.h"

#include <unistd.h>

#include <utility>

namespace dray {
namespace {

/// The error for somebody who is not root: the cause may be that alone.
recipe::Unknown unknown(const Error& error) {
    auto parts = error.parts();
    parts.hint = "as root it may be known" + (parts.hint.empty() ? "" : "; else " + parts.hint);
    return recipe::Unknown(std::move(parts));
}

}  // namespace

LearnedFacts::LearnedFacts(std::filesystem::path folder)
    : facts_(files_, processes_, systemd_, std::move(folder)) {}

LearnedFacts::LearnedFacts(Elsewhere)
    : facts_(files_, processes_, systemd_, "/dev/null/none"), elsewhere_(true) {}

std::optional<Value> LearnedFacts::learn(const std::string& name) const {
    try {
        auto value = facts_.learn(name);
        if (!value && elsewhere_)
            throw recipe::Unknown(
                Error::Parts{"cannot tell fact." + name, "this is not the host that has it", {}, {}});
        return value;
    } catch (const Error& error) {
        if (::geteuid() == 0 || elsewhere_) throw;
        throw unknown(error);
    }
}

std::vector<std::string> LearnedFacts::names() const {
    try {
        return all_names();
    } catch (const Error&) {  // suggestions are not worth an error: learn() says it
        return {};
    }
}

}  // namespace dray
