// How far a long work of apt's is, as a line among the others that dray-apt says.
#include "host/apt_progress.h"

#include "duration.h"

#include <spdlog/fmt/fmt.h>

#include <array>
#include <charconv>
#include <chrono>

namespace dray::host {
namespace {

constexpr std::string_view progress_mark = "progress: ";
constexpr std::string_view unit = " % ";

}  // namespace

std::string progress_line(const AptProgressReport& report) {
    return fmt::format("{}{}{}{}", progress_mark, report.percent, unit, report.words);
}

std::optional<AptProgressReport> progress_report(std::string_view line) {
    if (!line.starts_with(progress_mark)) return std::nullopt;
    line.remove_prefix(progress_mark.size());
    AptProgressReport report;
    const auto end = std::from_chars(line.data(), line.data() + line.size(), report.percent);
    const bool is_percent = end.ec == std::errc() && report.percent >= 0 && report.percent <= 100;
    line.remove_prefix(static_cast<std::size_t>(end.ptr - line.data()));
    if (!is_percent || !line.starts_with(unit)) return std::nullopt;
    report.words = line.substr(unit.size());
    return report;
}

std::string download_words(std::int64_t done, std::int64_t total, std::int64_t rate) {
    std::string text = fmt::format("downloaded: {} of {}", bytes_text(done), bytes_text(total));
    if (rate <= 0) return text;
    text += ", " + bytes_text(rate) + "/s";
    if (done < total)
        text += ", " + duration_text(std::chrono::seconds((total - done + rate - 1) / rate)) + " left";
    return text;
}

std::string bytes_text(std::int64_t bytes) {
    constexpr std::array units = {"B", "kB", "MB", "GB", "TB"};
    auto amount = static_cast<double>(bytes);
    std::size_t step = 0;
    while (amount >= 999.5 && step + 1 < units.size()) {
        amount /= 1000;
        ++step;
    }
    const int digits = step == 0 || amount >= 99.95 ? 0 : amount >= 9.995 ? 1 : 2;
    return fmt::format("{:.{}f} {}", amount, digits, units.at(step));
}

}  // namespace dray::host
