// Attributes of any bytes are values or an error; values come back the same when they are written and read
// again.
#include "recipe/attributes.h"

#include "fuzz.h"
#include "toml_text.h"

#include <cmath>

namespace {

using namespace dray;

/// Whether TOML can say it again: it has no word for a secret, and none for an infinity or a NaN.
bool has_text(const Value& value) {
    if (value.holds_secret()) return false;
    if (value.number() != nullptr) return std::isfinite(*value.number());
    if (value.list() != nullptr) return std::ranges::all_of(*value.list(), has_text);
    if (value.table() == nullptr) return true;
    return std::ranges::all_of(*value.table(), [](const auto& entry) { return has_text(entry.second); });
}

void read_again(const Value::Table& values) {
    std::string text;
    for (const auto& [key, value] : values)
        text += toml_key(key) + " = " + toml_text(value) + "\n";
    const auto again = Toml::parse(text, "again.toml");
    fuzz::hold(again.root() == Value(values), "a value is the same when it is read again");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto text = fuzz::text(data, size);
    recipe::Problems problems;
    std::vector<recipe::Layer> layers{
        {fuzz::attributes(), std::make_shared<Toml>(Toml::parse("", "below.toml")), ""}};
    try {
        const auto toml = std::make_shared<Toml>(Toml::parse(text, "above.toml"));
        layers.push_back(recipe::read_layer(*toml->root().table(), toml, "", problems));
    } catch (const Error& error) {
        fuzz::hold(error.parts().location.line > 0, "an error of TOML has a line");
    }
    try {
        layers.push_back(recipe::parse_set(text));
    } catch (const Error& error) {
        fuzz::hold(!error.parts().cause.empty(), "an error of --set has a cause");
    }
    const auto merged = recipe::merge(layers, problems);
    if (has_text(merged)) read_again(*merged.table());
    return 0;
}
