// Attributes from all their places, merged by precedence.
#include "recipe/attributes.h"

#include <spdlog/fmt/fmt.h>

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

/// Whether TOML itself can read the text as a value.
bool is_toml_value(const std::string& text) {
    try {
        Toml::parse("value = " + text, "--set");
        return true;
    } catch (const Error&) {
        return false;
    }
}

}  // namespace

Layer parse_set(std::string_view argument) {
    const auto equals = argument.find('=');
    if (equals == std::string_view::npos || equals == 0)
        throw Error(fmt::format("cannot read --set {}", argument), "it is not of the form key=value",
                    "write --set port=9001");
    const auto key = std::string(argument.substr(0, equals));
    auto value = std::string(argument.substr(equals + 1));
    if (value.empty() || !is_toml_value(value)) {
        std::string quoted = "\"";
        for (const char c : value) {
            if (c == '"' || c == '\\') quoted += '\\';
            quoted += c;
        }
        value = quoted + '"';
    }
    auto text = Toml::parse(key + " = " + value, "--set " + std::string(argument));
    // cpptoml 0.1 reads "a.b = 1" as one key with a dot in it or as a table, by version; both become a table
    // here.
    Value::Table values;
    Value::Table* at = &values;
    std::string_view rest = key;
    for (auto dot = rest.find('.'); dot != std::string_view::npos; dot = rest.find('.')) {
        at = at->try_emplace(std::string(rest.substr(0, dot)), Value::Table{}).first->second.table();
        rest.remove_prefix(dot + 1);
    }
    const auto* whole =
        text.root().table()->contains(key) ? &text.root().table()->at(key) : text.root().find(key);
    at->emplace(std::string(rest), *whole);
    return Layer{std::move(values), std::move(text), {}};
}

Value merge(const std::vector<Layer>& layers, Problems& problems) {
    Value::Table merged;
    for (const auto& layer : layers)
        merge_into(merged, layer.values, layer, {}, problems);
    return Value(std::move(merged));
}

}  // namespace dray::recipe
