// How far a long work of apt's is, where nobody can draw a bar.
#pragma once

#include "host/apt_progress.h"

#include <optional>
#include <string>
#include <string_view>

namespace dray::report {

/// Thins out reports of progress for logs: a line for each tenth of the way.
class ProgressLines {
  public:
    /// The line to write; nothing when it says too little that is new. A line that is no report is one to
    /// write as it stands.
    std::optional<std::string> line(std::string_view line);

  private:
    int tenth_ = 0;
    std::string kind_;  ///< "downloaded" or "dpkg": each has its own way to go
};

/// A bar of `width` characters: "[######      ]".
std::string progress_bar(int percent, std::size_t width);

}  // namespace dray::report
