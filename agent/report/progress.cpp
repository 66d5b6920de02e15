// How far a long work of apt's is, where nobody can draw a bar.
#include "report/progress.h"

#include <spdlog/fmt/fmt.h>

namespace dray::report {

std::optional<std::string> ProgressLines::line(std::string_view line) {
    const auto report = host::progress_report(line);
    if (!report) return std::string(line);
    auto kind = report->words.substr(0, report->words.find(':'));
    const int tenth = report->percent / 10;
    if (kind == kind_ && tenth == tenth_) return std::nullopt;
    kind_ = std::move(kind);
    tenth_ = tenth;
    return fmt::format("{} % {}", report->percent, report->words);
}

std::string progress_bar(int percent, std::size_t width) {
    const auto done = width * static_cast<std::size_t>(percent) / 100;
    return "[" + std::string(done, '#') + std::string(width - done, ' ') + "]";
}

}  // namespace dray::report
