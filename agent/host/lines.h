// A stream of text, a line at a time.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <utility>

namespace dray::host {

/// Cuts what comes in pieces into lines. Empty lines are left out, and a carriage return ends a line too.
class Lines {
  public:
    using Listener = std::function<void(std::string_view line)>;

    /// `listener` may be empty.
    explicit Lines(Listener listener) : listener_(std::move(listener)) {}

    void add(std::string_view text) {
        for (const char byte : text) {
            if (byte != '\n' && byte != '\r')
                line_ += byte;
            else
                flush();
        }
    }

    /// What has no end of a line is one too.
    void flush() {
        if (!line_.empty() && listener_) listener_(line_);
        line_.clear();
    }

  private:
    Listener listener_;
    std::string line_;
};

}  // namespace dray::host
