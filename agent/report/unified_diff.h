// Two texts compared line by line, shown as `diff -u` shows them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace dray::report {

/// The hunks of a unified diff with three lines of context, without the two file lines; empty when the texts
/// are equal. For texts that are not text (a NUL byte in them) or too long to compare in a moment, one line
/// that says the sizes.
std::vector<std::string> unified_diff(std::string_view from, std::string_view to);

}  // namespace dray::report
