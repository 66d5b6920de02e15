// Texts that somebody else wrote, for a terminal.
#include "printable.h"

namespace dray {

std::string printable(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto c = static_cast<unsigned char>(text[i]);
        const auto next = i + 1 < text.size() ? static_cast<unsigned char>(text[i + 1]) : 0u;
        if (c == 0xC2 && next >= 0x80 && next <= 0x9F) {
            out += '?';
            ++i;
        } else {
            out += (c < 0x20 && c != '\t' && c != '\n') || c == 0x7F ? '?' : text[i];
        }
    }
    return out;
}

}  // namespace dray
