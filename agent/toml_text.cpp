// Values as TOML texts.
#include "toml_text.h"

#include <spdlog/fmt/fmt.h>

#include <algorithm>

namespace dray {
namespace {

/// A TOML basic string, without characters that could redraw a terminal. Source: TOML 0.5, "String".
std::string toml_string(std::string_view text) {
    std::string out = "\"";
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        const auto byte = static_cast<unsigned char>(c);
        const auto next = i + 1 < text.size() ? static_cast<unsigned char>(text[i + 1]) : 0u;
        if (byte == 0xC2 && next >= 0x80 && next <= 0x9F) {  // C1 controls in UTF-8
            out += fmt::format("\\u{:04x}", next);
            ++i;
            continue;
        }
        if (c == '"' || c == '\\') {
            out += '\\';
            out += c;
        } else if (c == '\n') {
            out += "\\n";
        } else if (byte < 0x20 || byte == 0x7F) {
            out += fmt::format("\\u{:04x}", static_cast<unsigned>(byte));
        } else {
            out += c;
        }
    }
    return out + '"';
}

/// A float has a fractional part or an exponent, else it would be an integer, and its exponent no leading
/// zeros. Source: TOML 0.5, "Float".
std::string toml_float(double number) {
    auto text = fmt::format("{}", number);
    if (text.find_first_not_of("-0123456789") == std::string::npos) return text + ".0";
    const auto exponent = text.find('e');
    if (exponent == std::string::npos) return text;
    const auto digits = text.find_first_of("0123456789", exponent);
    text.erase(digits, std::min(text.find_first_not_of('0', digits), text.size() - 1) - digits);
    return text;
}

}  // namespace

std::string toml_text(const Value& value) {
    if (value.text() != nullptr) return toml_string(*value.text());
    if (value.integer() != nullptr) return fmt::format("{}", *value.integer());
    if (value.number() != nullptr) return toml_float(*value.number());
    if (value.truth() != nullptr) return *value.truth() ? "true" : "false";
    if (value.secret() != nullptr) return "(secret from " + value.secret()->text() + ")";
    std::string out;
    if (value.list() != nullptr) {
        for (const auto& item : *value.list())
            out += (out.empty() ? "" : ", ") + toml_text(item);
        return "[" + out + "]";
    }
    for (const auto& [key, item] : *value.table())
        out += (out.empty() ? "" : ", ") + toml_key(key) + " = " + toml_text(item);
    return "{" + out + "}";
}

std::string toml_key(std::string_view key) {
    constexpr std::string_view bare = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-";
    const bool plain = !key.empty() && key.find_first_not_of(bare) == std::string_view::npos;
    return plain ? std::string(key) : toml_string(key);
}

}  // namespace dray
