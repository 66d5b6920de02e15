// Texts that somebody else wrote, for a terminal.
#pragma once

#include <string>
#include <string_view>

namespace dray {

/// The text without characters that could redraw the terminal, ESC and its like: it may come from a file or a
/// program that somebody else wrote. C1 controls are 0xC2 0x80 to 0xC2 0x9F in UTF-8.
std::string printable(std::string_view text);

}  // namespace dray
