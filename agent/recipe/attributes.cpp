// Attributes from all their places, merged by precedence.
#include "recipe/attributes.h"

#include "recipe/secret_values.h"
#include "toml_lines.h"

#include <spdlog/fmt/fmt.h>

#include <optional>
#include <utility>
#include <vector>

namespace dray::recipe {
namespace {

bool same_kind(const Value& a, const Value& b) {
    const bool numbers = (a.integer() != nullptr || a.number() != nullptr) &&
                         (b.integer() != nullptr || b.number() != nullptr);
    // A secret is a text that stands elsewhere.
    const bool texts =
        (a.text() != nullptr || a.secret() != nullptr) && (b.text() != nullptr || b.secret() != nullptr);
    return numbers || texts || a.kind() == b.kind();
}

/// What is wrong with the kind of a value that is to take the place of `below`; "" when nothing is.
std::string misfit(const Value& value, const Value& below) {
    if (!same_kind(value, below))
        return fmt::format("it is {}, but the recipe's own is {}", value.kind(), below.kind());
    if (value.list() == nullptr || below.list()->empty()) return {};
    const Value& entry = below.list()->front();
    for (const auto& each : *value.list())
        if (!same_kind(each, entry))
            return fmt::format("an entry of it is {}, but in the recipe's own each is {}", each.kind(),
                               entry.kind());
    return {};
}

/// Merges layers one above the other.
class Merger {
  public:
    Merger(const std::vector<Layer>& layers, Problems& problems) : layers_(layers), problems_(problems) {}

    Value run() {
        Value::Table merged;
        for (; above_ < layers_.size(); ++above_)
            merge(merged, layers_[above_].values, {});
        return Value(std::move(merged));
    }

  private:
    void merge(Value::Table& below, const Value::Table& above, const std::string& path) {
        const Layer& layer = layers_[above_];
        for (const auto& [key, value] : above) {
            const auto where = path.empty() ? key : path + "." + key;
            const auto [found, added] = below.try_emplace(key, value);
            if (added) continue;
            const auto cause = misfit(value, found->second);
            if (!cause.empty() && found->second.text() != nullptr && layer.typed && value.table() == nullptr)
                found->second = Value(*layer.typed);
            else if (!cause.empty())
                problems_.add("cannot use attribute " + where, cause,
                              "write a value of the same kind as at " + place_below(where),
                              layer.where(where));
            else if (found->second.table() != nullptr)
                merge(*found->second.table(), *value.table(), where);
            else
                found->second = value;
        }
    }

    /// Where the value stands that the layer at hand would replace.
    std::string place_below(const std::string& path) const {
        for (auto layer = layers_.begin() + static_cast<std::ptrdiff_t>(above_); layer != layers_.begin();)
            if (Value((--layer)->values).find(path) != nullptr) return layer->where(path).text();
        return "the recipe's own";
    }

    const std::vector<Layer>& layers_;
    Problems& problems_;
    std::size_t above_ = 0;
};

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

Location Layer::where(const std::string& path) const {
    return text->where(prefix.empty() ? path : prefix + "." + path);
}

Layer read_layer(const Value::Table& values, std::shared_ptr<const Toml> text, std::string prefix,
                 Problems& problems) {
    Layer layer{values, std::move(text), std::move(prefix), {}};
    read_secrets(
        layer.values, [&layer](const std::string& path) { return layer.where(path); }, problems);
    return layer;
}

Layer parse_set(std::string_view argument) {
    const auto equals = argument.find('=');
    if (equals == std::string_view::npos || equals == 0)
        throw Error(fmt::format("cannot read --set {}", argument.substr(0, equals)),
                    "it is not of the form key=value", "write --set port=9001");
    const auto key = std::string(argument.substr(0, equals));
    check_text(argument, "--set " + key);
    const auto parts = key_parts(key);
    const auto text = std::string(argument.substr(equals + 1));
    Value value = toml_value(text).value_or(Value(text));
    for (auto part = parts.rbegin(); part != parts.rend(); ++part)
        value = Value(Value::Table{{*part, std::move(value)}});
    // Messages name the key alone: the value may be a secret.
    Problems problems;
    auto layer = read_layer(*value.table(), std::make_shared<const Toml>(Toml::parse("", "--set " + key)), {},
                            problems);
    layer.typed = text;
    if (!problems.empty()) throw problems.all().front();
    return layer;
}

Value merge(const std::vector<Layer>& layers, Problems& problems) {
    return Merger(layers, problems).run();
}

}  // namespace dray::recipe
