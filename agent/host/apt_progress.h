// How far a long work of apt's is, as a line among the others that dray-apt says.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace dray::host {

/// One state of a download, or of dpkg's work.
struct AptProgressReport {
    int percent = 0;    ///< 0 to 100
    std::string words;  ///< "downloaded: 25.2 MB of 60.3 MB, 12.1 MB/s, 3s left"
};

/// As a line of the log: "progress: 42 % downloaded: …".
std::string progress_line(const AptProgressReport& report);

/// The report that a line is; nothing for any other line.
std::optional<AptProgressReport> progress_report(std::string_view line);

/// The words of a download; `rate` in bytes a second, 0 when it is not known yet.
std::string download_words(std::int64_t done, std::int64_t total, std::int64_t rate);

/// "981 B", "60.3 MB": three digits, in steps of a thousand.
std::string bytes_text(std::int64_t bytes);

}  // namespace dray::host
