// The end of what a resource's programs have said, bounded, for the report.
#include "converge/output_tail.h"

namespace dray::converge {

void OutputTail::add(std::string_view line) {
    std::string kept(line.substr(0, line_limit));
    if (kept.size() < line.size()) kept += "…";
    bytes_ += kept.size() + 1;
    lines_.push_back(std::move(kept));
    std::size_t too_many = 0;
    while (bytes_ > limit)
        bytes_ -= lines_[too_many++].size() + 1;
    lines_.erase(lines_.begin(), lines_.begin() + static_cast<std::ptrdiff_t>(too_many));
    dropped_ += too_many;
}

std::vector<std::string> OutputTail::lines() const {
    std::vector<std::string> lines;
    if (dropped_ > 0) lines.push_back("… (" + std::to_string(dropped_) + " lines before)");
    lines.insert(lines.end(), lines_.begin(), lines_.end());
    return lines;
}

}  // namespace dray::converge
