// The state of a resource as named values.
#include "resources/state.h"

#include <algorithm>

namespace dray::resources {

State& State::set(std::string name, std::string value, Display display) {
    entries_.push_back({std::move(name), std::move(value), display});
    return *this;
}

const Entry* State::find(std::string_view name) const {
    const auto found = std::ranges::find(entries_, name, &Entry::name);
    return found != entries_.end() ? &*found : nullptr;
}

std::string State::value(std::string_view name) const {
    const Entry* entry = find(name);
    return entry != nullptr ? entry->value : std::string();
}

std::vector<Change> differences(const State& now, const State& wanted) {
    std::vector<Change> changes;
    for (const auto& entry : wanted.entries()) {
        const Entry* present = now.find(entry.name);
        if (present != nullptr && present->value == entry.value) continue;
        std::optional<std::string> from;
        if (present != nullptr) from = present->value;
        changes.push_back({entry.name, std::move(from), entry.value, entry.display});
    }
    return changes;
}

}  // namespace dray::resources
