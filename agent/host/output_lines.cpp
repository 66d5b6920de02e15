// What a program says, cut into lines as it comes.
#include "host/output_lines.h"

#include <spdlog/fmt/fmt.h>

namespace dray::host {

void OutputLines::add(std::string_view piece) {
    while (!piece.empty()) {
        const auto end = piece.find_first_of("\r\n");
        append(piece.substr(0, end));
        if (end == std::string_view::npos) return;
        const bool carriage_return = piece[end] == '\r';
        piece.remove_prefix(end + 1);
        if (size_ > 0 || (!carriage_return && !redrawn_)) flush();
        redrawn_ = carriage_return;
    }
}

void OutputLines::append(std::string_view text) {
    if (text.empty()) return;
    redrawn_ = false;
    size_ += text.size();
    if (size_ <= limit)
        line_ += text;
    else
        line_ = {};
}

void OutputLines::flush() {
    if (size_ > limit)
        tell_(fmt::format("(a line of {} bytes, left out)", size_));
    else
        tell_(line_);
    line_.clear();
    size_ = 0;
}

void OutputLines::finish() {
    if (size_ > 0) flush();
}

}  // namespace dray::host
