// { secret = "file:…" } in attributes and resources becomes a value of its own kind.
#pragma once

#include "error.h"
#include "recipe/problems.h"
#include "recipe/schema.h"
#include "value.h"

#include <functional>
#include <string>

namespace dray::recipe {

/// Replaces each table that has the key `secret` and no other by the place where that secret is kept. What
/// cannot be read goes to `problems`; `where` finds the place of a dotted path below the table.
void read_secrets(Value::Table& table, const std::function<Location(const std::string& path)>& where,
                  Problems& problems);

/// Throws the Error for a secret in a key that may not hold one: `what` ("{{attribute.password}}") in `key`
/// of the resource `id`, which is "" while its name is not known.
[[noreturn]] void refuse_secret(const std::string& what, const Schema& schema, const Key& key,
                                const std::string& id);

}  // namespace dray::recipe
