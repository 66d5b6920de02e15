// One pass over a TOML text before cpptoml reads it: refuses what would crash it, and notes where keys stand.
#pragma once

#include <map>
#include <string>
#include <string_view>

namespace dray {

/// Throws Error with `file` and the line for what no text of TOML may hold: bytes that are not UTF-8 (RFC
/// 3629), a byte order mark, control characters.
void check_text(std::string_view text, const std::string& file);

/// Dotted path of each table and key to the line it stands on, entries of arrays of tables counted from 0.
/// Values in inline tables are not listed. `file` names the text in errors. Throws Error with file and line
/// for what check_text refuses, and for brackets or dotted keys nested
/// deeper than toml_depth_limit; all other mistakes are left for the reader to find.
std::map<std::string, int, std::less<>> toml_lines(std::string_view text, const std::string& file);

}  // namespace dray
