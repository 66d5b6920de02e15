// Paragraphs for a terminal.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace dray::reference {

/// Columns of the narrowest terminal that is still in use.
constexpr std::size_t terminal_width = 80;

/// The words of `text` in lines of at most `width` columns (a longer word has a line of its own), the lines
/// after the first indented by `indent` columns, the first one as if it began at column `begin`. Ends with a
/// line end.
std::string wrap(std::string_view text, std::size_t begin, std::size_t indent,
                 std::size_t width = terminal_width);

/// How many columns a text takes: characters of UTF-8, none of them wide.
std::size_t columns(std::string_view text);

}  // namespace dray::reference
