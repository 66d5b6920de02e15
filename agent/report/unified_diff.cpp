// Two texts compared line by line.
#include "report/unified_diff.h"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <cstdint>

namespace dray::report {
namespace {

constexpr std::size_t context_lines = 3;
constexpr std::size_t table_limit =
    4'000'000;  // cells of the comparison: 2,000 by 2,000 lines, 16 MiB for a moment

struct DiffLine {
    char sign;  // ' ', '-' or '+'
    std::string_view text;
};

std::vector<std::string_view> split(std::string_view text) {
    std::vector<std::string_view> lines;
    while (!text.empty()) {
        const auto end = std::min(text.find('\n'), text.size());
        lines.push_back(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return lines;
}

/// The shortest edit by the longest common subsequence.
std::vector<DiffLine> edit(const std::vector<std::string_view>& from,
                           const std::vector<std::string_view>& to) {
    const std::size_t width = to.size() + 1;
    std::vector<std::uint32_t> common((from.size() + 1) * width);
    for (std::size_t i = from.size(); i-- > 0;)
        for (std::size_t j = to.size(); j-- > 0;)
            common[i * width + j] = from[i] == to[j]
                                        ? common[(i + 1) * width + j + 1] + 1
                                        : std::max(common[(i + 1) * width + j], common[i * width + j + 1]);
    std::vector<DiffLine> lines;
    std::size_t i = 0;
    std::size_t j = 0;
    while (i < from.size() || j < to.size()) {
        if (i < from.size() && j < to.size() && from[i] == to[j]) {
            lines.push_back({' ', from[i]});
            ++i;
            ++j;
        } else if (i < from.size() &&
                   (j == to.size() || common[(i + 1) * width + j] >= common[i * width + j + 1])) {
            lines.push_back({'-', from[i++]});
        } else {
            lines.push_back({'+', to[j++]});
        }
    }
    return lines;
}

std::string range(std::size_t begin, std::size_t count) {
    return fmt::format("{},{}", count == 0 ? begin : begin + 1, count);
}

}  // namespace

std::vector<std::string> unified_diff(std::string_view from, std::string_view to) {
    if (from == to) return {};
    const auto old_lines = split(from);
    const auto new_lines = split(to);
    const bool binary = from.find('\0') != std::string_view::npos || to.find('\0') != std::string_view::npos;
    if (binary || (old_lines.size() + 1) * (new_lines.size() + 1) > table_limit)
        return {fmt::format("({} bytes → {} bytes)", from.size(), to.size())};
    const auto lines = edit(old_lines, new_lines);
    std::vector<std::string> out;
    std::size_t old_at = 0;
    std::size_t new_at = 0;
    for (std::size_t at = 0; at < lines.size();) {
        std::size_t change = at;
        while (change < lines.size() && lines[change].sign == ' ')
            ++change;
        if (change == lines.size()) break;
        const std::size_t begin = std::max(at, change > context_lines ? change - context_lines : 0);
        old_at += begin - at;
        new_at += begin - at;
        std::size_t end = change;
        for (std::size_t quiet = 0; end < lines.size() && quiet <= 2 * context_lines; ++end)
            quiet = lines[end].sign == ' ' ? quiet + 1 : 0;
        while (end > change && lines[end - 1].sign == ' ')
            --end;
        end = std::min(lines.size(), end + context_lines);
        std::size_t old_count = 0;
        std::size_t new_count = 0;
        const auto header = out.size();
        out.emplace_back();
        for (std::size_t i = begin; i < end; ++i) {
            old_count += lines[i].sign != '+';
            new_count += lines[i].sign != '-';
            out.push_back(lines[i].sign + std::string(lines[i].text));
        }
        out[header] = "@@ -" + range(old_at, old_count) + " +" + range(new_at, new_count) + " @@";
        old_at += old_count;
        new_at += new_count;
        at = end;
    }
    if (from.empty() != to.empty() || from.ends_with('\n') == to.ends_with('\n')) return out;
    out.emplace_back(to.ends_with('\n') ? "(a line end is added to the last line)"
                                        : "(the last line loses its line end)");
    return out;
}

}  // namespace dray::report
