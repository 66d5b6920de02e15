// A value as TOML has it.
#include "value.h"

#include "toml_text.h"

#include <algorithm>
#include <array>

namespace dray {

std::string_view Value::kind() const {
    static constexpr std::array<std::string_view, 7> names = {
        "a table", "a list", "a text", "an integer", "a number", "true or false", "a secret"};
    return names.at(data_.index());
}

std::string Value::show() const {
    return text() != nullptr ? *text() : toml_text(*this);
}

bool Value::holds_secret() const {
    if (list() != nullptr) return std::ranges::any_of(*list(), &Value::holds_secret);
    if (table() != nullptr)
        return std::ranges::any_of(*table(), [](const auto& entry) { return entry.second.holds_secret(); });
    return secret() != nullptr;
}

const Value* Value::find(std::string_view path) const {
    const Value* at = this;
    while (true) {
        if (at->table() == nullptr) return nullptr;
        const auto dot = path.find('.');
        const auto found = at->table()->find(path.substr(0, dot));
        if (found == at->table()->end()) return nullptr;
        if (dot == std::string_view::npos) return &found->second;
        at = &found->second;
        path.remove_prefix(dot + 1);
    }
}

}  // namespace dray
