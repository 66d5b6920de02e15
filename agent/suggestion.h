// "Did you mean": the known name nearest to a mistyped one.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace dray {

/// The one of `known` that differs from `word` by the fewest inserted, removed, replaced or swapped letters,
/// when that is few enough for a slip (a third of the word's length, at least one); nothing otherwise.
std::optional<std::string> nearest(std::string_view word, const std::vector<std::string>& known);

/// A hint that names the nearest of `known`, or else the first of them: "did you mean 'owner'?", "known: a,
/// b, c".
std::string did_you_mean(std::string_view word, const std::vector<std::string>& known);

}  // namespace dray
