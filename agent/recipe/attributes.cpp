// Attributes from all their places, merged by precedence.
#include "recipe/attributes.h"

#include <spdlog/fmt/fmt.h>

#include <optional>
#include <utility>
#include <vector>

namespace dray::recipe {
namespace {

bool same_kind(const Value& a, const Value& b) {
    const bool numbers = (a.integer() != nullptr || a.number() != nullptr) &&
                         (b.integer() != nullptr || b.number() != nullptr);
    return numbers || a.kind() == b.kind();
}

void merge_into(Value::Table& below, const Value::Table& above, const Layer& layer, const std::string& path,
                Problems& problems) {
    for (const auto& [key, value] : above) {
        const auto where = path.empty() ? key : path + "." + key;
        const auto [found, added] = below.try_emplace(key, value);
        if (added) continue;
        if (!same_kind(found->second, value)) {
            problems.add(
                "cannot use attribute " + where,
                fmt::format("it is {}, but the recipe's own is {}", value.kind(), found->second.kind()),
                fmt::format("write it as {}", found->second.kind()),
                layer.text.where(layer.prefix.empty() ? where : layer.prefix + "." + where));
        } else if (found->second.table() != nullptr) {
            merge_into(*found->second.table(), *value.table(), layer, where, problems);
        } else {
            found->second = value;
        }
    }
}

/// The value as TOML reads it; nothing when it is no TOML, or is more than one value.
std::optional<Value> toml_value(const std::string& text) {
    try {
        const auto read = Toml::parse("value = " + text, "--set");
        const auto& table = *read.root().table();
        const auto found = table.find("value");
        if (table.size() != 1 || found == table.end()) return std::nullopt;
        return found->second;
    } catch (const Error&) {
        return std::nullopt;
    }
}

/// Each part of a dotted key, for TOML's bare keys alone: what a person types on a command line.
std::vector<std::string> key_parts(std::string_view key) {
    constexpr std::string_view bare = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-";
    std::vector<std::string> parts;
    while (true) {
        const auto dot = key.find('.');
        parts.emplace_back(key.substr(0, dot));
        if (parts.back().empty() || parts.back().find_first_not_of(bare) != std::string::npos)
            throw Error(fmt::format("cannot read --set {}", parts.back()), "that is no key",
                        "a key has letters, digits, '_' and '-'; dots lead into tables");
        if (parts.size() > static_cast<std::size_t>(toml_depth_limit))
            throw Error("cannot read --set", fmt::format("its key has more than {} parts", toml_depth_limit));
        if (dot == std::string_view::npos) return parts;
        key.remove_prefix(dot + 1);
    }
}

}  // namespace

Layer parse_set(std::string_view argument) {
    const auto equals = argument.find('=');
    if (equals == std::string_view::npos || equals == 0)
        throw Error(fmt::format("cannot read --set {}", argument.substr(0, equals)),
                    "it is not of the form key=value", "write --set port=9001");
    const auto key = std::string(argument.substr(0, equals));
    const auto parts = key_parts(key);
    const auto text = std::string(argument.substr(equals + 1));
    Value value = toml_value(text).value_or(Value(text));
    for (auto part = parts.rbegin(); part != parts.rend(); ++part)
        value = Value(Value::Table{{*part, std::move(value)}});
    // Messages name the key alone: the value may be a secret.
    return Layer{std::move(*value.table()), Toml::parse("", "--set " + key), {}};
}

Value merge(const std::vector<Layer>& layers, Problems& problems) {
    Value::Table merged;
    for (const auto& layer : layers)
        merge_into(merged, layer.values, layer, {}, problems);
    return Value(std::move(merged));
}

}  // namespace dray::recipe
