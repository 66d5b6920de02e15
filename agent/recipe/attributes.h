// Attributes from all their places, merged by precedence.
#pragma once

#include "recipe/problems.h"
#include "toml.h"
#include "value.h"

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace dray::recipe {

/// One place that gives attributes.
struct Layer {
    Value::Table values;
    std::shared_ptr<const Toml> text;  ///< where they stand, for messages
    std::string prefix;  ///< the path of the table within the text: "attributes"; "" for a whole file

    /// For --set: the value as it was typed, which is what it means where a text is wanted (version=15).
    std::optional<std::string> typed = {};

    /// Where the attribute at a dotted path stands.
    Location where(const std::string& path) const;
};

/// The layer of a table in a text, with its secrets read; mistakes in these go to `problems`.
Layer read_layer(const Value::Table& values, std::shared_ptr<const Toml> text, std::string prefix,
                 Problems& problems);

/// Reads "key=value" as --set takes it: the key dotted, the value as TOML where it is a number, a truth
/// value, a list or a quoted text, else as a plain text. Throws Error when there is no "=" or no key.
Layer parse_set(std::string_view argument);

/// Merges layers, lowest precedence first: tables key by key, everything else replaced. A value whose kind
/// differs from the one below it, or a list whose entries' kind does, is a problem, at the line of the higher
/// one.
Value merge(const std::vector<Layer>& layers, Problems& problems);

}  // namespace dray::recipe
