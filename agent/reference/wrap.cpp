// Paragraphs for a terminal.
#include "reference/wrap.h"

#include <algorithm>

namespace dray::reference {

std::size_t columns(std::string_view text) {
    return static_cast<std::size_t>(
        std::ranges::count_if(text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0u) != 0x80u; }));
}

std::string wrap(std::string_view text, std::size_t begin, std::size_t indent, std::size_t width) {
    std::string out;
    std::size_t column = begin;
    bool fresh = true;  // no word stands in this line yet
    while (!text.empty()) {
        const auto start = std::min(text.find_first_not_of(' '), text.size());
        text.remove_prefix(start);
        if (text.empty()) break;
        const auto word = text.substr(0, text.find(' '));
        text.remove_prefix(word.size());
        if (!fresh && column + 1 + columns(word) > width) {
            out += '\n' + std::string(indent, ' ');
            column = indent;
            fresh = true;
        }
        if (!fresh) out += ' ';
        column += columns(word) + (fresh ? 0 : 1);
        out += word;
        fresh = false;
    }
    return out + '\n';
}

}  // namespace dray::reference
