// A stream of text, a line at a time.
#pragma once

#include "host/output_lines.h"

#include <functional>
#include <string_view>
#include <utility>

namespace dray::host {

/// Cuts what comes in pieces into lines. Empty lines are left out, and a carriage return ends a line too.
class Lines {
  public:
    using Listener = std::function<void(std::string_view line)>;

    /// `listener` may be empty.
    explicit Lines(Listener listener)
        : lines_([listener = std::move(listener)](std::string_view line) {
              if (!line.empty() && listener) listener(line);
          }) {}

    void add(std::string_view text) { lines_.add(text); }

    /// What has no end of a line is one too.
    void flush() { lines_.finish(); }

  private:
    OutputLines lines_;
};

}  // namespace dray::host
