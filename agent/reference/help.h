// What `dray resources` prints of resource types, from their schemas.
#pragma once

#include "recipe/schema.h"

#include <string>
#include <string_view>

namespace dray::reference {

/// How a text is made for a terminal.
struct Look {
    bool bold = false;  ///< headings and keys in bold: the output is a terminal
};

/// All types with their summaries, under headings.
std::string types_text(const recipe::Catalogue& catalogue, const Look& look = {});

/// {"types": [{"type", "group", "summary"}]}
std::string types_json(const recipe::Catalogue& catalogue);

/// What `dray resources` takes in place of a type for what all types have.
constexpr std::string_view common_topic = "common";

/// The keys and guards that all types have.
std::string common_text(const Look& look = {});

/// {"common_keys", "guards"}, as type_json has them.
std::string common_json_text();

/// One type: its keys, an example, and the names of the keys that all types have.
std::string type_text(const recipe::Schema& schema, const Look& look = {});

/// {"type", "group", "summary", "rules", "name", "keys", "common_keys", "guards", "example"}; a key is
/// {"name", "kind", "looks_like", "doc", "required", "required_unless_absent", "default", "choices",
/// "may_hold_secret"}.
std::string type_json(const recipe::Schema& schema);

/// The name as a key: that every resource has one, and what it means for this type.
recipe::Key name_key(const recipe::Schema& schema);

}  // namespace dray::reference
