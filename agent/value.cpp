// A value as TOML has it.
#include "value.h"

#include <spdlog/fmt/fmt.h>

#include <array>

namespace dray {
namespace {

/// A TOML basic string. Source: TOML 0.5, "String".
std::string toml_string(std::string_view text) {
    std::string out = "\"";
    for (const char c : text) {
        if (c == '"' || c == '\\') {
            out += '\\';
            out += c;
        } else if (c == '\n') {
            out += "\\n";
        } else if (static_cast<unsigned char>(c) < 0x20) {
            out += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
        } else {
            out += c;
        }
    }
    return out + '"';
}

std::string as_toml(const Value& value) {
    return value.text() != nullptr ? toml_string(*value.text()) : value.show();
}

}  // namespace

std::string_view Value::kind() const {
    static constexpr std::array<std::string_view, 6> names = {"a table",    "a list",   "a text",
                                                              "an integer", "a number", "true or false"};
    return names.at(data_.index());
}

std::string Value::show() const {
    if (text() != nullptr) return *text();
    if (integer() != nullptr) return fmt::format("{}", *integer());
    if (number() != nullptr) return fmt::format("{}", *number());
    if (truth() != nullptr) return *truth() ? "true" : "false";
    std::string out;
    if (list() != nullptr) {
        for (const auto& item : *list())
            out += (out.empty() ? "" : ", ") + as_toml(item);
        return "[" + out + "]";
    }
    for (const auto& [key, item] : *table())
        out += (out.empty() ? "" : ", ") + key + " = " + as_toml(item);
    return "{" + out + "}";
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
